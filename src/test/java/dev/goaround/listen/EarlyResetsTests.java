package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which clients' resets are too many. */
class EarlyResetsTests {

    private static final int LIMIT = 1000;

    private long now = 17;
    private final EarlyResets resets = new EarlyResets(LIMIT, () -> now);

    @Test
    void thirtyCancellationsASecondAreAlwaysFine() {
        for (int second = 0; second < 1000; second++) {
            assertThat(cancelled(30)).isZero();
            pass(1);
        }
    }

    @Test
    void moreThanTheLimitWithinTenSecondsAreTooManyIfHardlyAnythingElseIsAskedFor() {
        assertThat(cancelled(LIMIT)).isZero();
        assertThat(cancelled(1)).isEqualTo(1);
    }

    @Test
    void theyMayBeSpreadOverTheTenSeconds() {
        for (int second = 0; second < 9; second++) {
            assertThat(cancelled(LIMIT / 10)).isZero();
            pass(1);
        }
        assertThat(cancelled(LIMIT / 10)).isZero();
        assertThat(cancelled(1)).isEqualTo(1);
    }

    @Test
    void whatIsLongerAgoDoesNotCount() {
        cancelled(LIMIT);
        pass(10);
        assertThat(cancelled(LIMIT)).isZero();
        pass(100_000);
        assertThat(cancelled(LIMIT)).isZero();
    }

    @Test
    void halfOfManyRequestsMayBeCancelled() {
        for (int i = 0; i < 10 * LIMIT; i++) {
            resets.requested();
            assertThat(cancelled(1)).isZero();
        }
        assertThat(cancelled(1)).isEqualTo(1);
    }

    private int cancelled(int streams) {
        int tooMany = 0;
        for (int i = 0; i < streams; i++) {
            resets.requested();
            tooMany += resets.reset() ? 1 : 0;
        }
        return tooMany;
    }

    private void pass(int seconds) {
        now += TimeUnit.SECONDS.toNanos(seconds);
    }
}
