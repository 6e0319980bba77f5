package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.http.ReadSizes;
import dev.goaround.http2.WindowBudget;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import dev.goaround.pool.Protocol;
import dev.goaround.testing.FullListener;
import dev.goaround.testing.LoopbackNames;
import dev.goaround.testing.Patience;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import reactor.netty.resources.LoopResources;

class DialerTests {

    private static final UpstreamSettings UPSTREAM = new UpstreamSettings(
            MaxConnections.valueOf(10),
            Patience.NEVER,
            Patience.NEVER,
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            null,
            null,
            null,
            Duration.ofSeconds(60),
            DataSize.ofKilobytes(64),
            Protocol.AUTO,
            null,
            null,
            null,
            null,
            null,
            "1.2",
            true,
            false);

    /** The end of a dial. */
    private static final class Dialed extends CompletableFuture<Channel> implements Dialer.Answer {

        @Override
        public void connected(Channel channel, boolean http2) {
            complete(channel);
        }

        @Override
        public void failed(Phase phase, Kind kind, Throwable cause) {
            completeExceptionally(cause);
        }

        Channel await() throws Exception {
            return get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static Dialers dialers(LoopResources loops, HostResolver resolver) {
        return new Dialers(
                () -> UPSTREAM,
                loops,
                new ReadSizes(),
                WindowBudget.none(),
                protocol -> {
                    throw new AssertionError("no TLS here");
                },
                resolver);
    }

    /**
     * Two connections end at once, so that the event loop learns of both in one go. When it hears of the first it closes the
     * second and dials: the new socket gets the number of the second one, whose end is still to be told.
     */
    @Test
    void aNewConnectionDoesNotGetTheEndOfAnotherThatHadItsNumber() throws Exception {
        LoopResources loops = LoopResources.create("dialer-test", 1, true);
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Dialers dialers = dialers(loops, LoopbackNames.RESOLVER);
            Dialer dialer = dialers.to(new BackendSpec(
                    URI.create("http://127.0.0.1:" + server.getLocalPort()),
                    1,
                    MaxConnections.valueOf(10),
                    false,
                    Protocol.HTTP1));
            EventLoop loop = dialers.loop();
            Channel second = dial(dialer, loop).await();
            Socket endOfSecond = server.accept();
            Channel first = dial(dialer, loop).await();
            Socket endOfFirst = server.accept();
            Dialed fresh = new Dialed();
            ChannelInboundHandlerAdapter dialing = new ChannelInboundHandlerAdapter() {
                @Override
                public void channelReadComplete(ChannelHandlerContext context) {
                    context.pipeline().remove(this);
                    second.close();
                    dialer.dial(loop, null, fresh);
                }
            };

            // In one task, after which the event loop looks for news.
            loop.submit(() -> {
                        first.pipeline().addLast(dialing);
                        endOfFirst.getOutputStream().write('x');
                        endOfFirst.close();
                        endOfSecond.close();
                        return first;
                    })
                    .get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS);

            Channel channel = fresh.await();
            try (Socket end = server.accept()) {
                end.getOutputStream().write('x');
                CompletableFuture<Boolean> active = new CompletableFuture<>();
                loop.schedule(() -> active.complete(channel.isActive()), 50, TimeUnit.MILLISECONDS);
                assertThat(active.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
            }
        } finally {
            loops.dispose();
        }
    }

    @Test
    void anAddressThatDropsPacketsDoesNotKeepTheNextOneFromBeingTried() throws Exception {
        LoopResources loops = LoopResources.create("dialer-test", 1, true);
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
                FullListener full = new FullListener(server.getLocalPort())) {
            Dialers dialers = dialers(loops, LoopbackNames.of(full.address(), "127.0.0.1"));
            Dialer dialer = dialers.to(new BackendSpec(
                    URI.create("http://app.test:" + server.getLocalPort()),
                    1,
                    MaxConnections.valueOf(10),
                    false,
                    Protocol.HTTP1));

            Channel channel = dial(dialer, dialers.loop()).await();

            assertThat(channel.remoteAddress()).isEqualTo(server.getLocalSocketAddress());
            channel.close();
        } finally {
            loops.dispose();
        }
    }

    private static Dialed dial(Dialer dialer, EventLoop loop) {
        Dialed dialed = new Dialed();
        dialer.dial(loop, null, dialed);
        return dialed;
    }
}
