package dev.goaround.retry;

import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Phase;
import java.util.Set;

/**
 * Whether a failed attempt may be repeated, and where.
 *
 * <p>A request that can't have been acted on may always be repeated. One that may have been is repeated only if doing it
 * twice is the same as doing it once (RFC 9110 section 9.2.2) and if there is no body that is gone by now.
 */
public final class RetryPolicy {

    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");

    /** What to do after a failed attempt. */
    public enum Decision {
        /** Repeat it on a new connection to the same backend, which has merely closed a connection that was idle. */
        SAME_BACKEND,
        /** Repeat it on a backend that has not been tried. */
        NEXT_BACKEND,
        /** Tell the client. */
        GIVE_UP
    }

    /**
     * Decides after an attempt that failed before the head of a response.
     *
     * @param method the request's method
     * @param hasBody whether the request has a body
     */
    public Decision after(Failed failure, String method, boolean hasBody) {
        if (failure.phase() == Phase.CONNECT || failure.phase() == Phase.TLS) {
            return Decision.NEXT_BACKEND;
        }
        boolean repeatable = !hasBody && (!failure.written() || IDEMPOTENT.contains(method));
        if (!repeatable || failure.phase() == Phase.BODY) {
            return Decision.GIVE_UP;
        }
        return failure.stale() ? Decision.SAME_BACKEND : Decision.NEXT_BACKEND;
    }
}
