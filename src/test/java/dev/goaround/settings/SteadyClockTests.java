package dev.goaround.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SteadyClockTests {

    @Test
    void theTimeGoesOnByWhatHasElapsedWhateverTheWallClockIsSetTo() {
        ManualClock wall = new ManualClock();
        AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 1);
        SteadyClock clock = new SteadyClock(wall, nanoTime::get);
        Instant start = clock.instant();
        assertThat(start).isEqualTo(wall.instant());

        wall.advance(Duration.ofHours(-2));
        nanoTime.addAndGet(Duration.ofSeconds(3).toNanos());
        assertThat(clock.instant()).isEqualTo(start.plusSeconds(3));
        assertThat(clock.millis()).isEqualTo(start.plusSeconds(3).toEpochMilli());
    }
}
