package dev.goaround.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import jdk.net.ExtendedSocketOptions;

/**
 * Finds connections whose other end is gone without a word, while nothing is under way: the kernel asks after 15 s of silence, three times
 * (RFC 9293 section 3.8.4). A stream that is quiet for hours needs no other limit.
 */
public final class TcpKeepAlive {

    private static final int IDLE_SECONDS = 15;
    private static final int INTERVAL_SECONDS = 15;
    private static final int PROBES = 3;

    private TcpKeepAlive() {}

    /** Turns it on for the connection, where it is one of TCP. */
    public static void on(Channel connection) {
        ChannelConfig config = connection.config();
        try {
            if (connection instanceof EpollSocketChannel) {
                config.setOption(ChannelOption.SO_KEEPALIVE, true);
                config.setOption(EpollChannelOption.TCP_KEEPIDLE, IDLE_SECONDS);
                config.setOption(EpollChannelOption.TCP_KEEPINTVL, INTERVAL_SECONDS);
                config.setOption(EpollChannelOption.TCP_KEEPCNT, PROBES);
            } else if (connection instanceof NioSocketChannel) {
                config.setOption(ChannelOption.SO_KEEPALIVE, true);
                config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), IDLE_SECONDS);
                config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), INTERVAL_SECONDS);
                config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), PROBES);
            }
        } catch (ChannelException e) {
            // It is closed already, which is found out anyhow.
        }
    }
}
