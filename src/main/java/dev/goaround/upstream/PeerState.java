package dev.goaround.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * What the kernel knows of the other end of a connection. An event loop learns of its end when it next looks for news; until then a request may
 * be sent that has no chance, and that can't be repeated afterwards.
 */
final class PeerState {

    /** TCP_ESTABLISHED of Linux (include/net/tcp_states.h). */
    private static final int ESTABLISHED = 1;

    private PeerState() {}

    /** Whether nothing can be written to the connection any more, which costs no system call. */
    static boolean takesNothing(Channel channel) {
        return !channel.isActive() || (channel instanceof DuplexChannel duplex && duplex.isOutputShutdown());
    }

    /** Whether TLS has not said that the other end has sent all that it would, so that some may be missing (RFC 9112 section 9.8). */
    static boolean cutOff(Channel closed) {
        SslHandler tls = closed.pipeline().get(SslHandler.class);
        return tls != null && !tls.sslCloseFuture().isSuccess();
    }

    /** Whether the other end has closed or reset the connection; false where the kernel can't be asked. Costs a system call. */
    static boolean gone(Channel channel) {
        if (!(channel instanceof EpollSocketChannel socket)) {
            return false;
        }
        try {
            EpollTcpInfo info = socket.tcpInfo();
            return info.state() != ESTABLISHED;
        } catch (ChannelException e) {
            // Closed meanwhile.
            return true;
        }
    }
}
