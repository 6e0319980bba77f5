package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.PickContext;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Whose turn it is among backends that take turns by weight. Thread-safe. */
final class Turns {

    static final int NOBODY = -1;

    /** The golden ratio's and the square root of two's fractions, in units of 2^-32: their multiples spread evenly. */
    private static final int GOLDEN = 0x9E3779B9;

    private static final int ROOT = 0x6A09E667;

    /** Turns in a row that may come to nothing because backends grow, beside one for each backend. */
    private static final int PATIENCE = 32;

    private final Backend[] backends;
    private final Growth growth;
    private final Rotation rotation;

    /** Turns taken so far; it may overflow. */
    private final AtomicInteger taken = new AtomicInteger();

    Turns(List<Backend> backends, Growth growth) {
        this.backends = backends.toArray(Backend[]::new);
        this.growth = growth;
        this.rotation = Rotation.of(backends);
    }

    /**
     * Takes the next turn and returns the index of the backend that has it, or {@link #NOBODY} if the context allows
     * none.
     *
     * <p>A backend that is not allowed gives its turn to the next in the rotation, so that the others share its part by
     * their weights; one that is still growing does so with all of its turns but its share. A rotation may be long; so
     * after a few turns that came to nothing, every backend is looked at once: one that is free is never missed.
     *
     * <p>Turns that come to nothing are counted at once when one is found that does not, lest many threads wait for one
     * another at each while most backends are full. Threads that do so at the same moment may give the same backend a turn.
     *
     * @param growing whether any backend is growing
     */
    int next(PickContext context, boolean growing) {
        int first = taken.getAndIncrement();
        int tries = backends.length + (growing ? PATIENCE : 0);
        for (int i = 0; i < tries; i++) {
            int index = rotation.at(first + i);
            if (context.allows(backends[index]) && (!growing || keeps(first + i, index))) {
                if (i > 0) {
                    taken.getAndAdd(i);
                }
                return index;
            }
        }
        taken.getAndAdd(tries - 1);
        int last = rotation.at(first + tries - 1);
        for (int i = 1; i <= backends.length; i++) {
            int other = (last + i) % backends.length;
            if (context.allows(backends[other])) {
                return other;
            }
        }
        return NOBODY;
    }

    /**
     * Whether a growing backend keeps this turn: so many of its turns, spread evenly over the rotations, as its share of
     * the largest says.
     */
    private boolean keeps(int turn, int index) {
        int length = rotation.length();
        int place = Integer.divideUnsigned(turn, length) * GOLDEN + Integer.remainderUnsigned(turn, length) * ROOT;
        return Integer.toUnsignedLong(place) * growth.largest() < (long) growth.share(index) << 32;
    }
}
