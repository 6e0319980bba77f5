package dev.goaround.retry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseTimesTests {

    private final ResponseTimes times = new ResponseTimes();

    @Test
    void saysNothingWhileThereAreFew() {
        for (int i = 0; i < 99; i++) {
            times.add(1_000_000);
        }
        assertThat(times.p95()).isZero();
        times.add(1_000_000);
        assertThat(times.p95()).isCloseTo(1_000_000L, Percentage.withPercentage(13));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void isCloseToTheRealOne(long seed) {
        Random random = new Random(seed);
        long[] all = new long[1_500];
        for (int i = 0; i < all.length; i++) {
            all[i] = (long) (1_000_000 * -Math.log(1 - random.nextDouble()));
            times.add(all[i]);
        }
        Arrays.sort(all);
        assertThat(times.p95()).isCloseTo(all[all.length * 95 / 100], Percentage.withPercentage(15));
    }

    @Test
    void followsChanges() {
        for (int i = 0; i < 10_000; i++) {
            times.add(1_000_000);
        }
        for (int i = 0; i < 10_000; i++) {
            times.add(8_000_000);
        }
        assertThat(times.p95()).isCloseTo(8_000_000L, Percentage.withPercentage(13));
    }

    @Test
    void takesTheExtremesToo() {
        for (int i = 0; i < 200; i++) {
            times.add(i % 2 == 0 ? 0 : Long.MAX_VALUE / 16);
        }
        assertThat(times.p95()).isPositive();
    }
}
