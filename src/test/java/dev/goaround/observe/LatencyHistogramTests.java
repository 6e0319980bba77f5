package dev.goaround.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LatencyHistogramTests {

    private final LatencyHistogram histogram = new LatencyHistogram();

    @Test
    void aQuantileIsATenthOffAtMost() {
        long[] nanos = new Random(7)
                .doubles(20_000)
                .mapToLong(x -> (long) (200_000 * Math.pow(50_000, x)))
                .toArray();
        Arrays.stream(nanos).forEach(histogram::add);
        Arrays.sort(nanos);

        for (double share : new double[] {0.01, 0.5, 0.95, 0.99, 1}) {
            long exact = nanos[(int) Math.ceil(share * nanos.length) - 1];
            assertThat((double) histogram.read().quantile(share).toNanos() / exact)
                    .as("quantile %s", share)
                    .isCloseTo(1, within(0.1));
        }
    }

    @Test
    void everyLatencyIsInTheBucketThatEndsWithIt() {
        IntStream.range(0, LatencyBuckets.COUNT - 1).forEach(bucket -> {
            long end = LatencyBuckets.end(bucket);
            assertThat(LatencyBuckets.of(end)).isEqualTo(bucket);
            assertThat(LatencyBuckets.of(end + 1)).isEqualTo(bucket + 1);
        });
        assertThat(LatencyBuckets.of(0)).isZero();
        assertThat(LatencyBuckets.of(-5)).isZero();
        assertThat(LatencyBuckets.of(Long.MAX_VALUE)).isEqualTo(LatencyBuckets.COUNT - 1);
    }

    @Test
    void coarserRangesAreSumsOfWholeBuckets() {
        for (long micros : new long[] {50, 1000, 1001, 2500, 2501, 10_000_000, 500_000_000}) {
            histogram.add(micros * 1000);
        }
        long[] ends = {1_000_000, 2_500_000, 10_000_000_000L};

        assertThat(histogram.read().within(ends)).containsExactly(2, 2, 2, 1);
    }

    @Test
    void theDifferenceOfTwoReadingsIsWhatCameBetweenThem() {
        histogram.add(1_000_000);
        Latencies before = histogram.read();
        histogram.add(3_000_000);
        histogram.add(4_000_000);

        Latencies between = histogram.read().minus(before);

        assertThat(between.count()).isEqualTo(2);
        assertThat(between.sum()).isEqualTo(Duration.ofMillis(7));
        assertThat(between.plus(before).count()).isEqualTo(3);
    }

    @Test
    void nothingHasNoQuantile() {
        assertThat(histogram.read().quantile(0.99)).isEqualTo(Duration.ZERO);
        assertThat(Latencies.NONE.quantile(0.5)).isEqualTo(Duration.ZERO);
    }
}
