package dev.goaround.tracing;

import dev.goaround.listen.ServedRequest;
import dev.goaround.pool.Backend;

/** The span of a client's request. Belongs to the request's event loop. */
public interface RequestSpan {

    /**
     * Begins the span of an attempt.
     *
     * @param number 1 for the first one
     */
    AttemptSpan attempt(Backend backend, int number);

    /** The request has ended, and the span ends. */
    void ended(ServedRequest request);
}
