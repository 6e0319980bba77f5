package dev.goaround.listen;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The client's end of a connection, worked out once per connection.
 *
 * @param address its address
 * @param ip its address as text
 * @param port the port of ours that it connected to
 * @param secure whether it speaks TLS
 */
public record Peer(InetAddress address, String ip, int port, boolean secure) {

    /** Returns the address of the client's end. */
    static InetAddress address(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** Of a connection, or of a stream of it. */
    static Peer of(Channel channel) {
        InetAddress address = address(channel);
        int port = channel.localAddress() instanceof InetSocketAddress local ? local.getPort() : 0;
        String ip = address.getHostAddress();
        int scope = ip.indexOf('%');
        boolean secure = secured(channel) || (channel.parent() != null && secured(channel.parent()));
        return new Peer(address, scope < 0 ? ip : ip.substring(0, scope), port, secure);
    }

    private static boolean secured(Channel channel) {
        return channel.pipeline().get(SslHandler.class) != null;
    }
}
