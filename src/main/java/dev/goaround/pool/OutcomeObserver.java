package dev.goaround.pool;

/** Learns how attempts ended. */
@FunctionalInterface
public interface OutcomeObserver {

    /**
     * Called once per attempt, on an event loop: must neither block nor throw.
     *
     * @param began when the attempt began, in milliseconds since the epoch
     */
    void ended(Backend backend, Outcome outcome, long began);

    /**
     * As {@link #ended(Backend, Outcome, long)}, which is called unless this is overridden.
     *
     * @param chosen whether the client's cookie or key has chosen the backend, so that the failures of one client all meet the same one
     */
    default void ended(Backend backend, Outcome outcome, long began, boolean chosen) {
        ended(backend, outcome, began);
    }

    /**
     * Another backend has responded well to the same request, which this one alone has failed. Called on an event loop, after {@link
     * #ended}: must neither block nor throw.
     *
     * @param began when the failed attempt began, in milliseconds since the epoch
     */
    default void contradicted(Backend backend, Outcome outcome, long began) {}
}
