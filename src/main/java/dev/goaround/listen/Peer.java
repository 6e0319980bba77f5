package dev.goaround.listen;

import dev.goaround.http.ForwardedNode;
import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.CertificateEncodingException;
import java.util.Base64;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of a connection, worked out once per connection.
 *
 * @param address its address
 * @param ip its address as text
 * @param port the port of ours that it connected to
 * @param secure whether it speaks TLS with us
 * @param certificate the verified certificate that it has shown, as the value of a {@code Client-Cert} field (RFC 9440), or null
 * @param front the TLS that it speaks with a load balancer in front, as that has said, or null for none
 */
public record Peer(
        InetAddress address,
        String ip,
        int port,
        boolean secure,
        @Nullable String certificate,
        @Nullable FrontTls front) {

    /** Makes the end of a client that no load balancer speaks for. */
    public Peer(InetAddress address, String ip, int port, boolean secure, @Nullable String certificate) {
        this(address, ip, port, secure, certificate, null);
    }

    /** Whether the client speaks TLS, with us or with a load balancer in front. */
    public boolean https() {
        return secure || front != null;
    }

    /** Returns the version of TLS that the client speaks, with us or with a load balancer in front, or null if there is none or it is not known. */
    @Nullable
    String tlsVersionOn(Channel channel) {
        return secure ? tlsVersion(channel) : front == null ? null : front.version();
    }

    /** Returns the address of the client's end. */
    static InetAddress address(Channel channel) {
        return remote(channel) instanceof InetSocketAddress remote
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** Returns the client's end of a connection, or of a stream of it. */
    static @Nullable SocketAddress remote(Channel channel) {
        return connection(channel) instanceof QuicChannel quic ? quic.remoteSocketAddress() : channel.remoteAddress();
    }

    /** Returns our end of it. */
    static @Nullable SocketAddress local(Channel channel) {
        return connection(channel) instanceof QuicChannel quic ? quic.localSocketAddress() : channel.localAddress();
    }

    /** Returns the connection, for itself or for a stream of it. */
    static Channel connection(Channel channel) {
        Channel parent = channel.parent();
        return parent instanceof SocketChannel || parent instanceof QuicChannel ? parent : channel;
    }

    /** Of a connection, or of a stream of it. */
    static Peer of(Channel channel) {
        Channel connection = connection(channel);
        InetSocketAddress named = ProxyHeader.source(connection);
        InetAddress address = named == null ? address(channel) : named.getAddress();
        int port = local(channel) instanceof InetSocketAddress local ? local.getPort() : 0;
        SSLEngine tls = tls(channel);
        return new Peer(
                address,
                ForwardedNode.text(address),
                port,
                tls != null,
                tls == null ? null : certificate(tls.getSession()),
                ProxyHeader.tls(connection));
    }

    private static @Nullable SSLEngine tls(Channel channel) {
        if (connection(channel) instanceof QuicChannel quic) {
            return quic.sslEngine();
        }
        SslHandler own = channel.pipeline().get(SslHandler.class);
        SslHandler handler = own != null || channel.parent() == null
                ? own
                : channel.parent().pipeline().get(SslHandler.class);
        return handler == null ? null : handler.engine();
    }

    /** The version of TLS on a connection, or of that of a stream, as the JDK names it; null for none. */
    static @Nullable String tlsVersion(Channel channel) {
        SSLEngine tls = tls(channel);
        String version = tls == null ? "" : tls.getSession().getProtocol();
        return version.isEmpty() || version.equals("NONE") ? null : version;
    }

    private static @Nullable String certificate(SSLSession session) {
        try {
            return ":" + Base64.getEncoder().encodeToString(session.getPeerCertificates()[0].getEncoded()) + ":";
        } catch (SSLPeerUnverifiedException | CertificateEncodingException e) {
            return null;
        }
    }
}
