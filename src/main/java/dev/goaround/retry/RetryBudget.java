package dev.goaround.retry;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Keeps repeats a small part of the traffic, so that backends that fail because they have too much to do do not get more of it for that
 * very reason.
 *
 * <p>In any ten seconds there are at most so many repeats as a share of the requests of that time, or the floor, whichever adds up to
 * more. Counting over a while rather than at once lets a burst through (a backend that dies takes many requests with it in
 * one moment) and still ends a storm. Thread-safe, without locks.
 */
public final class RetryBudget {

    private static final int WINDOW_SECONDS = 10;
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final LongSupplier nanoTime;
    private final long start;
    private final IntSupplier percent;
    private final IntSupplier perSecond;

    private final LongAdder requests = new LongAdder();
    private final AtomicLong repeats = new AtomicLong();
    private final LongAdder denied = new LongAdder();

    /** Seconds since the start that have been noted. */
    private final AtomicLong noted = new AtomicLong();

    /** What had been counted when each of the last seconds began. */
    private final AtomicLongArray requestsAt = new AtomicLongArray(WINDOW_SECONDS);

    private final AtomicLongArray repeatsAt = new AtomicLongArray(WINDOW_SECONDS);

    /**
     * @param percent repeats in a hundred requests
     * @param perSecond repeats that are allowed however few requests there are
     * @param nanoTime the time, as {@link System#nanoTime}
     */
    public RetryBudget(IntSupplier percent, IntSupplier perSecond, LongSupplier nanoTime) {
        this.percent = percent;
        this.perSecond = perSecond;
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
    }

    /** Counts a client's request. */
    public void request() {
        noteTime();
        requests.increment();
    }

    /** Takes one repeat out of the budget, or returns false if there is none left. */
    public boolean withdraw() {
        noteTime();
        int oldest = (int) ((noted.get() + 1) % WINDOW_SECONDS);
        long before = repeatsAt.get(oldest);
        long floor = (long) perSecond.getAsInt() * WINDOW_SECONDS;
        long allowed = Math.max((requests.sum() - requestsAt.get(oldest)) * percent.getAsInt() / 100, floor);
        long now;
        do {
            now = repeats.get();
            if (now - before >= allowed) {
                denied.increment();
                return false;
            }
        } while (!repeats.compareAndSet(now, now + 1));
        return true;
    }

    /** Repeats that there was no budget for. */
    public long denied() {
        return denied.sum();
    }

    /** Notes the counts at the beginning of each second that has begun meanwhile. */
    private void noteTime() {
        long second = (nanoTime.getAsLong() - start) / SECOND;
        long known = noted.get();
        if (second > known && noted.compareAndSet(known, second)) {
            long requestsNow = requests.sum();
            long repeatsNow = repeats.get();
            for (long each = Math.max(known + 1, second - WINDOW_SECONDS + 1); each <= second; each++) {
                int slot = (int) (each % WINDOW_SECONDS);
                requestsAt.set(slot, requestsNow);
                repeatsAt.set(slot, repeatsNow);
            }
        }
    }
}
