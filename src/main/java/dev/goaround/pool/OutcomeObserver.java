package dev.goaround.pool;

/** Learns how attempts ended. */
@FunctionalInterface
public interface OutcomeObserver {

    /** Called once per attempt, on an event loop: must neither block nor throw. */
    void ended(Backend backend, Outcome outcome);
}
