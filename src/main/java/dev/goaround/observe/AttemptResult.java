package dev.goaround.observe;

import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Failed;

/** How an attempt ended, for counting. */
public enum AttemptResult {
    /** The backend answered, and its answer ended as it announced. */
    ANSWERED,
    /** It answered 502, 503 or 504. */
    GATEWAY_ERROR,
    /** No connection could be opened. */
    UNREACHABLE,
    /** The connection broke off. */
    CLOSED,
    /** The backend said that it would not act on the request. */
    DECLINED,
    /** A time-out ran out. */
    TIMEOUT,
    /** What came was not HTTP. */
    MALFORMED,
    /** The certificate or the handshake was refused. */
    TLS,
    /** The connection had been closed while it was idle. */
    STALE,
    /** The client went away, or another attempt was quicker. */
    CANCELLED;

    public static AttemptResult of(Outcome outcome) {
        if (outcome instanceof Answered answered) {
            return answered.gatewayError() ? GATEWAY_ERROR : ANSWERED;
        }
        return outcome instanceof Failed failed ? of(failed) : CANCELLED;
    }

    private static AttemptResult of(Failed failed) {
        return switch (failed.kind()) {
            case UNREACHABLE -> UNREACHABLE;
            case CLOSED -> failed.stale() ? STALE : CLOSED;
            case REFUSED -> DECLINED;
            case TIMEOUT -> TIMEOUT;
            case MALFORMED -> MALFORMED;
            case TLS -> TLS;
        };
    }
}
