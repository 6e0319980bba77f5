package dev.goaround.observe;

/**
 * How latencies are told apart: 21 buckets to a power of ten, each at most 15 % wider than the one before, from a tenth of a millisecond to
 * 100 seconds. Their ends are round decimal numbers, so that the coarser buckets of a metric are sums of these, and exact.
 */
final class LatencyBuckets {

    private static final int[] STEPS = {
        100, 110, 120, 130, 145, 160, 180, 200, 220, 250, 280, 320, 360, 400, 450, 500, 560, 630, 710, 800, 900
    };

    private static final int DECADES = 6;

    /** A hundredth of the shortest latency that is told apart, in nanoseconds. */
    private static final long UNIT = 1_000;

    private static final long[] ENDS = ends();

    /** The first bucket of which a part is in the range between two powers of two. */
    private static final int[] FIRST = first();

    /** How many there are. The last one has no end. */
    static final int COUNT = ENDS.length + 1;

    private LatencyBuckets() {}

    private static long[] ends() {
        long[] ends = new long[DECADES * STEPS.length + 1];
        long unit = UNIT;
        int next = 0;
        for (int decade = 0; decade < DECADES; decade++) {
            for (int step : STEPS) {
                ends[next++] = step * unit;
            }
            unit *= 10;
        }
        ends[next] = STEPS[0] * unit;
        return ends;
    }

    private static int[] first() {
        int[] first = new int[Long.SIZE + 1];
        for (int bits = 0; bits <= Long.SIZE; bits++) {
            long least = bits == 0 ? 0 : 1L << (bits - 1);
            int bucket = 0;
            while (bucket < ENDS.length && (least < 0 || ENDS[bucket] < least)) {
                bucket++;
            }
            first[bits] = bucket;
        }
        return first;
    }

    /** The bucket of a latency in nanoseconds, which is no longer than the bucket's end. */
    static int of(long nanos) {
        if (nanos <= 0) {
            return 0;
        }
        int bucket = FIRST[Long.SIZE - Long.numberOfLeadingZeros(nanos)];
        while (bucket < ENDS.length && ENDS[bucket] < nanos) {
            bucket++;
        }
        return bucket;
    }

    /** The longest latency of a bucket, in nanoseconds; of the last one, at which it begins. */
    static long end(int bucket) {
        return ENDS[Math.min(bucket, ENDS.length - 1)];
    }

    /** The longest latency of the bucket before, in nanoseconds. */
    static long begin(int bucket) {
        return bucket == 0 ? 0 : ENDS[bucket - 1];
    }
}
