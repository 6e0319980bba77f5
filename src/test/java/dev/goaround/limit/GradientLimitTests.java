package dev.goaround.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.pool.MaxConnections;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The limit of a simulated backend that serves so many requests at once, each in the same time, and lets the others wait. */
class GradientLimitTests {

    private static final long MILLI = 1_000_000;

    private final GradientLimit limit = new GradientLimit(1024, 0);
    private final Random random = new Random(7);
    private long now;

    @ParameterizedTest
    @CsvSource({"8, 20", "32, 20", "100, 5", "300, 50"})
    void findsOutHowManyABackendServesAtOnce(int servers, int millis) {
        run(600, servers, millis, 10_000);
        assertThat(limit.limit()).isBetween(servers, servers * 3 + 10);
    }

    @Test
    void growsWhereTheBackendTakesMore() {
        run(600, 20, 20, 10_000);
        int before = limit.limit();
        run(600, 200, 20, 10_000);
        assertThat(limit.limit()).isGreaterThan(2 * before);
    }

    @Test
    void learnsNothingFromABackendThatHasLittleToDo() {
        run(200, 100, 20, 5);
        assertThat(limit.limit()).isEqualTo(MaxConnections.ADAPTIVE_FIRST);
    }

    @Test
    void shrinksWhereTheBackendDoesNotAnswerInTimeButNeverToNothing() {
        for (int i = 0; i < 100; i++) {
            limit.timedOut();
            run(1, 100, 20, 10_000);
        }
        assertThat(limit.limit()).isEqualTo(GradientLimit.LEAST);
    }

    @Test
    void neverExceedsTheMost() {
        run(2_000, 100_000, 5, 100_000);
        assertThat(limit.limit()).isEqualTo(1024);
    }

    private void run(int windows, int servers, int millis, int demand) {
        for (int window = 0; window < windows; window++) {
            now += Duration.ofSeconds(1).toNanos();
            int inFlight = Math.min(limit.limit(), demand);
            double wait = Math.max(1.0, (double) inFlight / servers);
            for (int sample = 0; sample < 20; sample++) {
                double noise = 0.9 + 0.2 * random.nextDouble();
                limit.sample((long) (millis * MILLI * wait * noise), inFlight, sample == 19 ? now : now - 2 * WINDOW);
            }
        }
    }

    private static final long WINDOW = Duration.ofMillis(100).toNanos();
}
