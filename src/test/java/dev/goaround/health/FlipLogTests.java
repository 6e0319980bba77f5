package dev.goaround.health;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.goaround.balance.Balancers;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Health;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class FlipLogTests {

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final Logger logger = (Logger) LoggerFactory.getLogger(FlipLogTests.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final FlipLog flips = new FlipLog(logger, nanos::get);
    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);

    @BeforeEach
    void listen() {
        logger.setAdditive(false);
        log.start();
        logger.addAppender(log);
        pool.replace(List.of(Pools.spec("http://a:80")));
    }

    @AfterEach
    void leave() {
        logger.detachAppender(log);
    }

    @Test
    void aThousandChangesAtOnceAreAHundredLinesAndOne() {
        change(1000);

        assertThat(log.list).hasSize(101);
        assertThat(log.list.get(99).getFormattedMessage()).isEqualTo("backend a-80 (http://a:80) not healthy yet: x");
        assertThat(log.list.get(100).getFormattedMessage())
                .isEqualTo(
                        "100 changes of health within 10 s: further ones are in the status, but not in the log for a while");
    }

    @Test
    void laterOnesHaveTheirLinesAgain() {
        change(1000);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(9));
        change(1);
        assertThat(log.list).hasSize(101);

        nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
        change(1);

        assertThat(log.list).hasSize(102);
    }

    private void change(int times) {
        Backend backend = Pools.backends(pool).get(0);
        HealthTrack track = HealthTrack.of(Health.DEGRADED, clock.instant());
        for (int i = 0; i < times; i++) {
            flips.add(new Flip(backend, track, track, Duration.ZERO, "x"));
        }
    }
}
