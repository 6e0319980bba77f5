package dev.goaround.health;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.goaround.balance.Balancers;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Eligibility;
import dev.goaround.pool.Health;
import dev.goaround.testing.ManualClock;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PanicWatchTests {

    @Test
    void tellsEachFlipOnce() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(PanicWatch.class);
        logger.setAdditive(false);
        logger.addAppender(log);
        try {
            BackendPool pool = new BackendPool(
                    Balancers.named("round-robin").orElseThrow(), new Eligibility(60, null), new ManualClock());
            PanicWatch watch = new PanicWatch(pool);
            fill(pool, spec("http://a:1"), spec("http://b:1"));
            watch.look();
            pool.report(backends(pool).get(0), Health.DEGRADED, "refused");
            watch.look();
            watch.look();
            pool.report(backends(pool).get(0), Health.HEALTHY, "200");
            watch.look();
            watch.look();

            assertThat(log.list)
                    .extracting(event -> event.getLevel() + " " + event.getFormattedMessage())
                    .containsExactly(
                            "WARN panic: 1 of 2 backends healthy, so all are used (goaround.balance.panic-threshold)",
                            "INFO panic over: 2 of 2 backends healthy");
        } finally {
            logger.detachAppender(log);
            logger.setAdditive(true);
        }
    }
}
