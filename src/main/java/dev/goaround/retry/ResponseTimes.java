package dev.goaround.retry;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The latest response times of one backend, as counts in buckets that are an eighth of a power of two wide, so that a quantile is
 * off by at most a tenth. Older ones count for less and less. Thread-safe, without locks.
 */
final class ResponseTimes {

    private static final int PER_DOUBLING = 8;
    private static final int BUCKETS = 48 * PER_DOUBLING;

    /** When so many are there, all counts are halved. */
    private static final int MOST = 2_000;

    private static final int FEWEST = 100;

    private final AtomicIntegerArray counts = new AtomicIntegerArray(BUCKETS);
    private final AtomicInteger total = new AtomicInteger();
    private final AtomicBoolean halving = new AtomicBoolean();

    void add(long nanos) {
        counts.incrementAndGet(bucket(nanos));
        if (total.incrementAndGet() >= MOST && halving.compareAndSet(false, true)) {
            int left = 0;
            for (int i = 0; i < BUCKETS; i++) {
                left += counts.updateAndGet(i, count -> count / 2);
            }
            total.set(left);
            halving.set(false);
        }
    }

    /** Returns the time within which 95 of 100 answers came, in nanoseconds, or 0 while there are too few to tell. */
    long p95() {
        int all = total.get();
        if (all < FEWEST) {
            return 0;
        }
        int above = all / 20;
        for (int i = BUCKETS - 1; i > 0; i--) {
            above -= counts.get(i);
            if (above < 0) {
                return upperEnd(i);
            }
        }
        return upperEnd(0);
    }

    private static int bucket(long nanos) {
        long least = Math.max(1, nanos);
        int doublings = 63 - Long.numberOfLeadingZeros(least);
        int within = (int) (((least - (1L << doublings)) * PER_DOUBLING) >> doublings);
        return Math.min(BUCKETS - 1, doublings * PER_DOUBLING + within);
    }

    private static long upperEnd(int bucket) {
        long start = 1L << (bucket / PER_DOUBLING);
        return start + start * (bucket % PER_DOUBLING + 1) / PER_DOUBLING;
    }
}
