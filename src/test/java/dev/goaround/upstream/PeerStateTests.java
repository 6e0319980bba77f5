package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.goaround.testing.Patience;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PeerStateTests {

    private static final int LARGE = 20_000_000;

    @Test
    void theKernelTellsThatTheOtherEndTakesWhatWaitsThere() throws Exception {
        assumeTrue(Epoll.isAvailable());
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try (ServerSocket server = new ServerSocket()) {
            server.setReceiveBufferSize(64 * 1024);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Channel channel = new Bootstrap()
                    .group(loops)
                    .channel(EpollSocketChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(server.getLocalSocketAddress())
                    .sync()
                    .channel();
            try (Socket peer = server.accept()) {
                channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[LARGE]));
                // Nothing is read, so that nothing more can be sent.
                await("a silent kernel").until(() -> PeerState.sinceSent(channel) > seconds(2));
                long before = System.nanoTime() - PeerState.sinceSent(channel);

                // More than the other end's own buffer holds.
                assertThat(peer.getInputStream().readNBytes(1_000_000)).hasSize(1_000_000);

                long after = System.nanoTime() - PeerState.sinceSent(channel);
                assertThat(after - before).isGreaterThan(seconds(1));
            }
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(Patience.AMPLE.toMillis());
        }
    }

    @Test
    void nothingIsKnownWhereTheKernelCantBeAsked() {
        assertThat(PeerState.sinceSent(new EmbeddedChannel())).isEqualTo(Long.MAX_VALUE);
    }

    private static long seconds(int count) {
        return Duration.ofSeconds(count).toNanos();
    }
}
