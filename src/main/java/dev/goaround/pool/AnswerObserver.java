package dev.goaround.pool;

/** Learns how long backends take to answer. */
@FunctionalInterface
public interface AnswerObserver {

    /**
     * The head of an answer came. Called once per attempt that was answered, on an event loop: must neither block nor throw.
     *
     * @param status its status code
     * @param nanos how long after the attempt began, in nanoseconds
     */
    void answered(Backend backend, int status, long nanos);
}
