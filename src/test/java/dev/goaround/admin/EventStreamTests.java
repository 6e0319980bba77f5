package dev.goaround.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.balance.Balancers;
import dev.goaround.observe.EventLog;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.http.codec.ServerSentEvent;
import reactor.core.publisher.BaseSubscriber;

class EventStreamTests {

    private final Clock clock = Clock.systemUTC();
    private final BackendPool pool =
            new BackendPool(Balancers.named("least-requests").orElseThrow(), clock);
    private final EventLog log = new EventLog(clock);

    /** Reads nothing until it is told to. */
    private static final class SlowReader extends BaseSubscriber<ServerSentEvent<Map<String, Object>>> {
        private final List<ServerSentEvent<Map<String, Object>>> read = new CopyOnWriteArrayList<>();
        private final AtomicBoolean ended = new AtomicBoolean();

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            // Not yet.
        }

        @Override
        protected void hookOnNext(ServerSentEvent<Map<String, Object>> event) {
            read.add(event);
        }

        @Override
        protected void hookOnComplete() {
            ended.set(true);
        }
    }

    @BeforeEach
    void follow() {
        pool.replace(List.of(new BackendSpec(URI.create("http://app:1"), 1, 10, false)));
        pool.whenChanged(() -> log.follow(pool.snapshot()));
    }

    private void flip(int times) {
        for (int i = 0; i < times; i++) {
            pool.report(
                    pool.snapshot().members().get(0).backend(),
                    i % 2 == 0 ? Health.HEALTHY : Health.DEGRADED,
                    "flip " + i);
        }
    }

    @Test
    void whoDoesNotReadIsLetGo() {
        SlowReader reader = new SlowReader();
        new EventStream(log, Duration.ofHours(1), request -> null).stream(null).subscribe(reader);
        flip(2_000);
        reader.requestUnbounded();

        await().untilTrue(reader.ended);
        assertThat(reader.read).hasSizeBetween(500, 700);
    }

    @Test
    void whoLeavesMakesPlaceForAnother() {
        EventStream stream = new EventStream(log, Duration.ofHours(1), request -> null);
        for (int i = 0; i < 200; i++) {
            SlowReader reader = new SlowReader();
            stream.stream(null).subscribe(reader);
            reader.cancel();
        }

        assertThat(log.full()).isFalse();
    }

    @Test
    void nothingNewIsToldAsWell() {
        SlowReader reader = new SlowReader();
        new EventStream(log, Duration.ofMillis(10), request -> null)
                .stream(null).subscribe(reader);
        reader.requestUnbounded();

        await().until(() -> reader.read.size() > 3);
        assertThat(reader.read.get(2).comment()).isEqualTo("still here");
        reader.cancel();
    }
}
