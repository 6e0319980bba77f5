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
}
