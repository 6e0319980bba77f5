package dev.goaround.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

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

    /**
     * Returns how many nanoseconds ago the kernel last sent data for which the other end had room: what was handed to the kernel may wait there for long
     * while the other end takes it slowly. {@code Long.MAX_VALUE} where the kernel can't be asked, and while it sends the same again and again. Costs a
     * system call.
     */
    static long sinceSent(Channel channel) {
        if (!(channel instanceof EpollSocketChannel socket)) {
            return Long.MAX_VALUE;
        }
        try {
            EpollTcpInfo info = socket.tcpInfo();
            return info.retransmits() > 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(info.lastDataSent());
        } catch (ChannelException e) {
            // Closed meanwhile.
            return Long.MAX_VALUE;
        }
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
