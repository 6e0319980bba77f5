package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.PickContext;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Whose turn it is among backends that take turns by weight. Thread-safe. */
final class Turns {

    static final int NOBODY = -1;

    private final List<Backend> backends;
    private final Rotation rotation;

    /** Turns taken so far; it may overflow. */
    private final AtomicInteger taken = new AtomicInteger();

    Turns(List<Backend> backends) {
        this.backends = backends;
        this.rotation = Rotation.of(backends);
    }

    /**
     * Takes the next turn and returns the index of the backend that has it, or {@link #NOBODY} if the context allows
     * none.
     *
     * <p>A backend that is not allowed gives its turn to the next in the rotation, so that the others share its part by
     * their weights. Other threads take turns meanwhile, and a rotation may be long; so after a few turns that came to
     * nothing, every backend is looked at once: one that is free is never missed.
     */
    int next(PickContext context) {
        int index = 0;
        for (int i = 0; i < backends.size(); i++) {
            index = rotation.at(taken.getAndIncrement());
            if (context.allows(backends.get(index))) {
                return index;
            }
        }
        for (int i = 1; i < backends.size(); i++) {
            int other = (index + i) % backends.size();
            if (context.allows(backends.get(other))) {
                return other;
            }
        }
        return NOBODY;
    }
}
