package dev.goaround.health;

import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;

/**
 * What one probe, or one attempt of live traffic, says about a backend's health. This is the one place that judges; {@code docs/health.md}
 * has the same as a table.
 *
 * <p>No request of one client, however made, may eject a backend that answers its probes. So a failure that a request may have caused has the
 * backend probed at once and does no more, but for gateway errors in a row that {@link GatewayErrors} finds to be the backend's own.
 */
enum Evidence {
    /** A probe passed. */
    PROBE_PASSED,
    /** A probe failed. */
    PROBE_FAILED,
    /** A probe got no response in time. */
    PROBE_SILENT,
    /** A probe was told that the backend drains. */
    PROBE_DRAINING,
    /** A client's request got a response that is no gateway error. */
    ANSWERED,
    /** A client's request got a gateway error, or a response that makes no sense: that may be the fault of the request. */
    GATEWAY_ERROR,
    /** The same, while only this backend fails and others respond well. */
    LONE_GATEWAY_ERROR,
    /** Another backend has responded well to the very request that got a gateway error here. */
    CONTRADICTED,
    /** A client's request was broken off, or waited too long: that may be the fault of the request, so that a probe decides. */
    SUSPECT,
    /** The backend refused the connection, or broke it before anything of a client's was on it. */
    BROKEN,
    /** Clients' requests fail far more often than at other backends. */
    OUTLIER,
    /** Nothing. */
    NONE;

    /** The name of its kind in metrics. */
    String label() {
        return switch (this) {
            case PROBE_PASSED, PROBE_FAILED, PROBE_SILENT -> "probe";
            case PROBE_DRAINING -> "announcement";
            case GATEWAY_ERROR, LONE_GATEWAY_ERROR, CONTRADICTED -> "gateway_errors";
            case BROKEN -> "broken";
            case OUTLIER -> "outlier";
            case ANSWERED, SUSPECT, NONE -> "none";
        };
    }

    /** Returns what a probe says. */
    static Evidence of(ProbeResult result) {
        return switch (result.verdict()) {
            case PASSED -> PROBE_PASSED;
            case FAILED -> result.silent() ? PROBE_SILENT : PROBE_FAILED;
            case DRAINING -> PROBE_DRAINING;
        };
    }

    /** Returns what the end of an attempt says. */
    static Evidence of(Outcome outcome) {
        if (outcome instanceof Answered answered) {
            return answered.gatewayError() ? GATEWAY_ERROR : ANSWERED;
        }
        return outcome instanceof Failed failed && !failed.harmless() ? of(failed) : NONE;
    }

    private static Evidence of(Failed failed) {
        if (failed.circumstances().unprovoked()) {
            return BROKEN;
        }
        if (failed.circumstances().uploading()) {
            return SUSPECT;
        }
        if (failed.circumstances().streamFailed() || failed.kind() == Kind.MALFORMED) {
            return GATEWAY_ERROR;
        }
        // A response may have nothing to say for as long as it likes.
        return failed.kind() == Kind.TIMEOUT && failed.phase() == Phase.BODY ? NONE : SUSPECT;
    }
}
