package dev.goaround.observe;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How often which latency was seen. Adding one costs two atomic additions and allocates nothing. Thread-safe; a reader may see a
 * latency counted before it is in the sum.
 */
public final class LatencyHistogram {

    private static final int SUM = LatencyBuckets.COUNT;

    /** A count for each bucket, then the sum of all latencies, in nanoseconds. */
    private final AtomicLongArray counts = new AtomicLongArray(LatencyBuckets.COUNT + 1);

    public void add(long nanos) {
        counts.getAndIncrement(LatencyBuckets.of(nanos));
        counts.getAndAdd(SUM, Math.max(0, nanos));
    }

    /** What has been counted so far. */
    public Latencies read() {
        long[] now = new long[LatencyBuckets.COUNT];
        for (int i = 0; i < now.length; i++) {
            now[i] = counts.get(i);
        }
        return new Latencies(now, counts.get(SUM));
    }
}
