package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Ramp;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which of the eligible backends are still growing to their full weight, after they have come back.
 *
 * <p>Backends come back rarely, and a picker is made whenever one does: so a picker without any needs to look at nothing but
 * one field. Shares count relative to the largest, so that a backend alone, or several that come back together, are not
 * held back.
 *
 * <p>Thread-safe without a lock: threads may see each other's shares of another millisecond, each of which is one that the
 * backend had.
 */
final class Growth {

    private final @Nullable Ramp[] ramps;
    private final int[] shares;
    private final long end;
    private final Clock clock;

    /** The millisecond that the shares are of. */
    private long time = Long.MIN_VALUE;

    private int largest = Ramp.FULL;

    /** Only ever set. Whoever does not see it yet looks at the clock once more. */
    private boolean over;

    Growth(List<Backend> backends, Clock clock) {
        this.ramps = backends.stream().map(Backend::ramp).toArray(Ramp[]::new);
        this.shares = new int[ramps.length];
        this.clock = clock;
        long last = Long.MIN_VALUE;
        for (Ramp ramp : ramps) {
            last = ramp == null ? last : Math.max(last, ramp.until());
        }
        this.end = last;
        Arrays.fill(shares, Ramp.FULL);
        this.over = last == Long.MIN_VALUE || ramps.length == 1;
    }

    /** Whether any backend is growing now; brings the shares up to date. */
    boolean goesOn() {
        if (over) {
            return false;
        }
        long now = clock.millis();
        if (now >= end) {
            over = true;
            return false;
        }
        if (now != time) {
            bringUpTo(now);
        }
        return true;
    }

    private void bringUpTo(long now) {
        int most = 0;
        for (int i = 0; i < ramps.length; i++) {
            Ramp ramp = ramps[i];
            int share = ramp == null ? Ramp.FULL : ramp.share(now);
            shares[i] = share;
            most = Math.max(most, share);
        }
        largest = most;
        time = now;
    }

    /** The share of its weight that a backend has, in thousandths. */
    int share(int index) {
        return shares[index];
    }

    /** The largest of all shares. */
    int largest() {
        return largest;
    }
}
