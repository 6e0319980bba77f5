package dev.goaround.health;

import java.time.Duration;
import java.time.Instant;

/**
 * How one probe ended.
 *
 * @param verdict what it says of the backend
 * @param detail the answer or the failure in a few words, for operators: {@code 200}, {@code refused},
 *     {@code timed out after 1s}, {@code status: DOWN}
 * @param took from its start to its end
 * @param at when it started
 * @param silent whether it failed only since no response came in time
 */
public record ProbeResult(Verdict verdict, String detail, Duration took, Instant at, boolean silent) {

    /** A result that came with a response, or with a failure of the connection. */
    public ProbeResult(Verdict verdict, String detail, Duration took, Instant at) {
        this(verdict, detail, took, at, false);
    }

    /** A result that is either good or bad. */
    public ProbeResult(boolean passed, String detail, Duration took, Instant at) {
        this(passed ? Verdict.PASSED : Verdict.FAILED, detail, took, at);
    }

    /** Whether the backend is well. */
    public boolean passed() {
        return verdict == Verdict.PASSED;
    }

    /** What a probe says of a backend. */
    public enum Verdict {
        /** It is well. */
        PASSED,
        /** It is not. */
        FAILED,
        /** It works, and asks for no new requests. */
        DRAINING
    }
}
