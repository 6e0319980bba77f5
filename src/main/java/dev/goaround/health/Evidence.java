package dev.goaround.health;

import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;

/** What one probe, or one attempt of live traffic, says about a backend's health. */
enum Evidence {
    /** A probe passed. */
    PROBE_PASSED,
    /** A probe failed. */
    PROBE_FAILED,
    /** A probe was told that the backend drains. */
    PROBE_DRAINING,
    /** A client's request got an answer that is no gateway error. */
    ANSWERED,
    /** A client's request got a gateway error, or an answer that makes no sense. */
    GATEWAY_ERROR,
    /** A client's request found the backend unreachable, broken off or too slow. */
    BROKEN,
    /** Clients' requests fail far more often than at other backends. */
    OUTLIER,
    /** Nothing. */
    NONE;

    /** The name of its kind for those who count. */
    String label() {
        return switch (this) {
            case PROBE_PASSED, PROBE_FAILED -> "probe";
            case PROBE_DRAINING -> "announcement";
            case GATEWAY_ERROR -> "gateway_errors";
            case BROKEN -> "broken";
            case OUTLIER -> "outlier";
            case ANSWERED, NONE -> "none";
        };
    }

    /** Returns what a probe says. */
    static Evidence of(ProbeResult result) {
        return switch (result.verdict()) {
            case PASSED -> PROBE_PASSED;
            case FAILED -> PROBE_FAILED;
            case DRAINING -> PROBE_DRAINING;
        };
    }

    /**
     * Returns what the end of an attempt says.
     *
     * <p>A malformed answer counts as a gateway error and not at once: it may be the fault of one URL (a header too
     * large, say), and a client that asks for that URL repeatedly, to be answered by one backend after another, must
     * not take them all out of rotation with one request each. A backend that speaks no HTTP at all gives nothing else
     * and is found out after a few.
     */
    static Evidence of(Outcome outcome) {
        if (outcome instanceof Answered answered) {
            return answered.gatewayError() ? GATEWAY_ERROR : ANSWERED;
        }
        if (outcome instanceof Failed failed && !failed.harmless()) {
            return of(failed);
        }
        return NONE;
    }

    private static Evidence of(Failed failed) {
        if (failed.circumstances().uploading() && failed.kind() == Kind.CLOSED) {
            // A backend may refuse an upload without reading it (RFC 9112 section 9.5).
            return NONE;
        }
        return failed.kind() == Kind.MALFORMED || failed.circumstances().streamFailed() ? GATEWAY_ERROR : BROKEN;
    }
}
