package dev.goaround.health;

import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How many attempts ended, and how many of them failed, over a window that slides in steps.
 *
 * <p>Anyone adds, without a lock. All else is for one thread: it remembers the sums at each of the latest steps, so that
 * adding needs to know nothing of the window.
 */
final class SlidingTally {

    private final LongAdder all = new LongAdder();
    private final LongAdder failed = new LongAdder();

    /** The sums at the latest steps, in a ring. */
    private final Sum[] steps;

    private int oldest;
    private @Nullable Instant start;

    SlidingTally(int slices) {
        steps = new Sum[slices];
        Arrays.fill(steps, new Sum(0, 0));
    }

    void add(boolean failure) {
        // In this order, and read in the other: there are never more failures than attempts.
        all.increment();
        if (failure) {
            failed.increment();
        }
    }

    /** Whether what the window holds counts from this time. */
    boolean goesBackTo(Instant time) {
        return time.equals(start);
    }

    /** Empties the window; what is added from now on counts from that time. */
    void restart(Instant time) {
        start = time;
        Arrays.fill(steps, now());
    }

    /** Ends a slice and returns what the window holds. */
    Sum advance() {
        Sum now = now();
        Sum then = steps[oldest];
        steps[oldest] = now;
        oldest = (oldest + 1) % steps.length;
        return new Sum(now.all() - then.all(), now.failed() - then.failed());
    }

    private Sum now() {
        long failures = failed.sum();
        return new Sum(all.sum(), failures);
    }

    /**
     * What was counted.
     *
     * @param all attempts that say something
     * @param failed those of them that failed
     */
    record Sum(long all, long failed) {}
}
