package dev.goaround.pool;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One attempt's hold on a backend, from the pick to the end of the response's body.
 *
 * <p>The only place where a request touches a backend. {@link #end} is idempotent, because the end of the body, an error
 * and a cancellation may race; the first one counts.
 */
public final class Lease {

    private final Backend backend;
    private final long began;
    private final boolean chosen;
    private final BackendPool pool;
    private final AtomicBoolean ended = new AtomicBoolean();

    /** @param chosen whether the client's cookie or key has chosen the backend */
    Lease(Backend backend, long began, boolean chosen, BackendPool pool) {
        this.backend = backend;
        this.began = began;
        this.chosen = chosen;
        this.pool = pool;
    }

    public Backend backend() {
        return backend;
    }

    /**
     * Tells the observers that the head of the answer has come.
     *
     * @param nanos how long after the attempt began, in nanoseconds
     */
    public void answered(int status, long nanos) {
        pool.answered(backend, status, nanos);
    }

    /** Gives the place back and tells the observers how the attempt ended. Every call but the first does nothing. */
    public void end(Outcome outcome) {
        if (ended.compareAndSet(false, true)) {
            backend.release(outcome);
            pool.ended(backend, outcome, began, chosen);
        }
    }

    /** Tells the observers that another backend has responded well to the request that this attempt failed in that way. */
    public void contradicted(Outcome outcome) {
        pool.contradicted(backend, outcome, began);
    }
}
