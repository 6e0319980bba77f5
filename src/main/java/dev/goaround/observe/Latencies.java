package dev.goaround.observe;

import java.time.Duration;

/** The latencies of some requests, counted in buckets: immutable. */
public final class Latencies {

    /** Those of no request. */
    public static final Latencies NONE = new Latencies(new long[LatencyBuckets.COUNT], 0);

    private final long[] counts;
    private final long sumNanos;
    private final long count;

    Latencies(long[] counts, long sumNanos) {
        this.counts = counts;
        this.sumNanos = sumNanos;
        long all = 0;
        for (long each : counts) {
            all += each;
        }
        this.count = all;
    }

    public long count() {
        return count;
    }

    /** The sum of all. */
    public Duration sum() {
        return Duration.ofNanos(sumNanos);
    }

    public Latencies plus(Latencies other) {
        return combine(other, 1);
    }

    /** Those that have come since what was read before. */
    public Latencies minus(Latencies before) {
        return combine(before, -1);
    }

    private Latencies combine(Latencies other, int sign) {
        if (other.count == 0) {
            return this;
        }
        long[] combined = new long[counts.length];
        for (int i = 0; i < combined.length; i++) {
            combined[i] = counts[i] + sign * other.counts[i];
        }
        return new Latencies(combined, sumNanos + sign * other.sumNanos);
    }

    /**
     * How many were in each of these ranges: up to the first end, up to the next, and so on, and above the last.
     *
     * @param ends in nanoseconds, rising, each the end of a bucket
     */
    public long[] within(long[] ends) {
        long[] within = new long[ends.length + 1];
        int range = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            while (range < ends.length && LatencyBuckets.begin(bucket) >= ends[range]) {
                range++;
            }
            within[range] += counts[bucket];
        }
        return within;
    }

    /**
     * The latency that this share of all did not exceed, at most 8 % off; zero if there are none.
     *
     * @param share above 0 and at most 1
     */
    public Duration quantile(double share) {
        long left = (long) Math.ceil(share * count);
        for (int bucket = 0; bucket < counts.length; bucket++) {
            left -= counts[bucket];
            if (left <= 0 && counts[bucket] > 0) {
                long end = LatencyBuckets.end(bucket);
                return Duration.ofNanos((Math.min(LatencyBuckets.begin(bucket), end) + end) / 2);
            }
        }
        return Duration.ZERO;
    }
}
