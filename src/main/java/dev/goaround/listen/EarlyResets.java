package dev.goaround.listen;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tells cancellations, of which an ordinary client may have many, from attacks that have work begun and give it up at once: rapid
 * reset (CVE-2023-44487), and streams that the client makes the server reset (CVE-2025-8671).
 *
 * <p>Counts the streams of one connection that end so before their responses begin, over the last ten seconds. Up to the limit there may
 * be any number of them. More must be no more than half of the requests of that time: the others cost the client as much as they cost
 * here. Belongs to one event loop.
 */
final class EarlyResets {

    private static final int SLOTS = 10;
    private static final long SLOT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int limit;
    private final LongSupplier nanoTime;
    private final int[] requests = new int[SLOTS];
    private final int[] resets = new int[SLOTS];
    private final long start;
    /** The number of the slot that was counted in last, since the beginning. */
    private long current;

    /** @param nanoTime elapsed time */
    EarlyResets(int limit, LongSupplier nanoTime) {
        this.limit = limit;
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
    }

    /** Counts a request. */
    void requested() {
        requests[slot()]++;
    }

    /** Counts a stream that has ended before its response began, and returns whether there are too many of them. */
    boolean reset() {
        resets[slot()]++;
        long early = sum(resets);
        return early > limit && 2 * early > sum(requests);
    }

    /** Returns the slot of this second, and empties those whose time is over. */
    private int slot() {
        long now = (nanoTime.getAsLong() - start) / SLOT_NANOS;
        for (long next = Math.max(current + 1, now - SLOTS + 1); next <= now; next++) {
            requests[(int) (next % SLOTS)] = 0;
            resets[(int) (next % SLOTS)] = 0;
        }
        current = now;
        return (int) (now % SLOTS);
    }

    private static long sum(int[] counts) {
        long sum = 0;
        for (int count : counts) {
            sum += count;
        }
        return sum;
    }
}
