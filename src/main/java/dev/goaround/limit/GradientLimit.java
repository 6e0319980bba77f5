package dev.goaround.limit;

import dev.goaround.pool.MaxConnections;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many requests one backend should have at a time, found out from its response times: more as long as it answers about as quickly as it
 * does without load, fewer once it takes half as long again, since requests wait in it then.
 *
 * <p>The gradient algorithm of Netflix ("Performance Under Load", 2018): the quotient of the response time without load and that of the last
 * moment, at least 0.5 and at most 1, times the limit, plus some room to try more; the result is smoothed. The response time without load
 * is measured where the limit is not used up, and every now and then by lowering the limit for a moment, as BBR
 * does with its window and Envoy's adaptive concurrency with its own limit: a long-run average would take what it waits in a queue of its own making for granted, and
 * rise for ever.
 *
 * <p>Thread-safe: samples are added without locks, and whoever adds the first one after the end of a window computes the next limit.
 */
final class GradientLimit {

    static final int LEAST = 4;

    private static final long SHORTEST_WINDOW = Duration.ofMillis(100).toNanos();
    private static final int FEWEST_SAMPLES = 10;
    private static final double TOLERANCE = 1.5;
    private static final double SMOOTHING = 0.2;
    private static final double AFTER_TIMEOUT = 0.9;

    /** Of the limit, while the response time without load is measured. */
    private static final double PROBE_SHARE = 0.25;

    /** Windows between two such measurements. */
    private static final int PROBE_EVERY = 100;

    /** In the first of them what was sent before still runs; the second one is measured. */
    private static final int PROBE_WINDOWS = 2;

    private final int most;
    private final LongAdder sum = new LongAdder();
    private final LongAdder count = new LongAdder();
    private final LongAccumulator busiest = new LongAccumulator(Math::max, 0);
    private final LongAdder timeouts = new LongAdder();
    private final AtomicBoolean computing = new AtomicBoolean();

    // Written while computing only.
    private volatile long windowEnd;
    private volatile int effective;
    private double limit;
    private double unloaded;
    private int sinceProbe;
    private int probing;

    GradientLimit(int most, long now) {
        this.most = most;
        this.limit = Math.min(MaxConnections.ADAPTIVE_FIRST, most);
        this.effective = (int) limit;
        this.windowEnd = now + SHORTEST_WINDOW;
    }

    int limit() {
        return effective;
    }

    /** The backend did not answer in time. */
    void timedOut() {
        timeouts.increment();
    }

    /**
     * Takes one response time, and returns whether there is a new limit now.
     *
     * @param nanos from the start of the request to the head of its answer
     * @param inFlight requests that ran on the backend at its end, itself included
     * @param now as {@link System#nanoTime}
     */
    boolean sample(long nanos, int inFlight, long now) {
        sum.add(nanos);
        count.increment();
        busiest.accumulate(inFlight);
        if (now - windowEnd < 0 || count.sum() < FEWEST_SAMPLES || !computing.compareAndSet(false, true)) {
            return false;
        }
        try {
            long samples = count.sumThenReset();
            double average = (double) sum.sumThenReset() / Math.max(1, samples);
            int before = effective;
            if (samples > 0) {
                window(average, busiest.getThenReset(), timeouts.sumThenReset() > 0);
            }
            windowEnd = now + Math.max(SHORTEST_WINDOW, (long) average);
            effective = Math.max(LEAST, (int) (probing > 0 ? limit * PROBE_SHARE : limit));
            return effective != before;
        } finally {
            computing.set(false);
        }
    }

    private void window(double average, long used, boolean late) {
        boolean usedUp = used * 2 >= effective;
        if (unloaded == 0) {
            unloaded = average;
        }
        if (probing > 0) {
            probing--;
            if (probing == 0) {
                unloaded += (average - unloaded) / 2;
            }
        } else if (late) {
            limit = Math.max(LEAST, limit * AFTER_TIMEOUT);
        } else if (usedUp) {
            double gradient = Math.max(0.5, Math.min(1.0, TOLERANCE * unloaded / average));
            double target = limit * gradient + Math.sqrt(limit);
            limit = Math.max(LEAST, Math.min(most, limit + SMOOTHING * (target - limit)));
            if (++sinceProbe >= PROBE_EVERY) {
                sinceProbe = 0;
                probing = PROBE_WINDOWS;
            }
        } else {
            unloaded += (average - unloaded) * SMOOTHING / 2;
        }
    }
}
