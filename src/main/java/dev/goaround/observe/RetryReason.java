package dev.goaround.observe;

import dev.goaround.pool.Outcome.Failed;

/** Why a request was sent once more. */
public enum RetryReason {
    /** No connection could be opened. */
    UNREACHABLE,
    /** The connection broke off. */
    CLOSED,
    /** The connection had been closed while it was idle. */
    STALE,
    /** The backend said that it would not act on the request. */
    DECLINED,
    /** A time-out ran out. */
    TIMEOUT,
    /** What came was not HTTP. */
    MALFORMED,
    /** The certificate or the handshake was refused. */
    TLS,
    /** The answer had a status after which requests are repeated. */
    STATUS,
    /** The answer took long, and another backend was asked beside. */
    HEDGE;

    public static RetryReason of(Failed failed) {
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
