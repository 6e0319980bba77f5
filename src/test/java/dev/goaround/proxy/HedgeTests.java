package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.http.InboundBody;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Lease;
import dev.goaround.pool.PickContext;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import dev.goaround.upstream.AttemptFailedException;
import dev.goaround.upstream.UpstreamResponse;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

class HedgeTests {

    @Test
    void anAnswerThatNobodyWaitsForAnyMoreIsGivenUp() throws Exception {
        BackendPool pool = new BackendPool(Balancers.named("round-robin").orElseThrow(), new ManualClock());
        Pools.fill(pool, Pools.spec("http://localhost:9000"));
        Lease lease = Pools.lease(pool, PickContext.FIRST);
        AtomicBoolean givenUp = new AtomicBoolean();
        InboundBody body = new InboundBody(new InboundBody.Source() {
            @Override
            public void read(boolean wanted) {}

            @Override
            public void abandoned() {
                givenUp.set(true);
            }
        });
        AtomicReference<MonoSink<UpstreamResponse>> answer = new AtomicReference<>();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            EventLoop loop = group.next();
            Hedge hedge = new Hedge(
                    loop,
                    Duration.ofMinutes(1).toNanos(),
                    new Hedge.Attempt(lease, 0),
                    () -> null,
                    attempt -> Mono.create(answer::set),
                    new Hedge.Loser() {
                        @Override
                        public void failed(Hedge.Attempt attempt, AttemptFailedException failure) {}

                        @Override
                        public void cancelled(Hedge.Attempt attempt) {}
                    });
            Disposable race = loop.submit(() -> hedge.race().subscribe()).get();
            CountDownLatch cancelled = new CountDownLatch(1);
            Future<?> answered = loop.submit(() -> {
                cancelled.await();
                Objects.requireNonNull(answer.get())
                        .success(new UpstreamResponse(
                                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK),
                                body,
                                loop,
                                false));
                return null;
            });
            race.dispose();
            cancelled.countDown();
            answered.get();
        } finally {
            group.shutdownGracefully();
        }

        assertThat(givenUp).isTrue();
    }
}
