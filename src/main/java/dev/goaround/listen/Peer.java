package dev.goaround.listen;

import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateEncodingException;
import java.util.Base64;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of a connection, worked out once per connection.
 *
 * @param address its address
 * @param ip its address as text
 * @param port the port of ours that it connected to
 * @param secure whether it speaks TLS
 * @param certificate the verified certificate that it has shown, as the value of a {@code Client-Cert} field (RFC 9440), or null
 */
public record Peer(
        InetAddress address,
        String ip,
        int port,
        boolean secure,
        @Nullable String certificate) {

    /** Returns the address of the client's end. */
    static InetAddress address(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** Returns the connection, for itself or for a stream of it. */
    static Channel connection(Channel channel) {
        return channel.parent() instanceof SocketChannel parent ? parent : channel;
    }

    /** Of a connection, or of a stream of it. */
    static Peer of(Channel channel) {
        InetSocketAddress named = ProxyHeader.source(connection(channel));
        InetAddress address = named == null ? address(channel) : named.getAddress();
        int port = channel.localAddress() instanceof InetSocketAddress local ? local.getPort() : 0;
        String ip = address.getHostAddress();
        int scope = ip.indexOf('%');
        SslHandler tls = tls(channel);
        return new Peer(
                address,
                scope < 0 ? ip : ip.substring(0, scope),
                port,
                tls != null,
                tls == null ? null : certificate(tls.engine().getSession()));
    }

    private static @Nullable SslHandler tls(Channel channel) {
        SslHandler own = channel.pipeline().get(SslHandler.class);
        return own != null || channel.parent() == null
                ? own
                : channel.parent().pipeline().get(SslHandler.class);
    }

    private static @Nullable String certificate(SSLSession session) {
        try {
            return ":" + Base64.getEncoder().encodeToString(session.getPeerCertificates()[0].getEncoded()) + ":";
        } catch (SSLPeerUnverifiedException | CertificateEncodingException e) {
            return null;
        }
    }
}
