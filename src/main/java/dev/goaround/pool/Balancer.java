package dev.goaround.pool;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A balancing algorithm.
 *
 * <p>The pool calls {@link #over} once per change of membership or health and {@link Picker#pick} once per attempt, so
 * costly structures (rings, weight tables) belong in {@code over}, and {@code pick} must neither block nor allocate much.
 */
@FunctionalInterface
public interface Balancer {

    /**
     * Returns a picker over exactly these backends.
     *
     * @param eligible backends fit for traffic, in configured order; never empty
     */
    Picker over(List<Backend> eligible);

    /** Called once by the pool that uses this, before it does: who balances by more than its snapshots say observes it. */
    default void joined(BackendPool pool) {}

    /** Called once by the pool that uses this no longer: who observes it lets go of it. */
    default void left(BackendPool pool) {}

    /** Picks a backend for one attempt. Called by many threads at once. */
    @FunctionalInterface
    interface Picker {

        /** Returns the choice, or {@code null} if every eligible backend was tried or is full. */
        @Nullable
        Backend pick(PickContext context);
    }
}
