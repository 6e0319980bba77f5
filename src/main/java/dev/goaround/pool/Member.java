package dev.goaround.pool;

import java.time.Instant;

/**
 * A backend and its health at one moment.
 *
 * @param since when the health last changed
 * @param cause why it has this health, in a few words
 */
public record Member(Backend backend, Health health, Instant since, String cause) {

    private static final String NOT_PROBED = "not probed yet";

    /** A backend of which nothing is known yet. */
    static Member joining(Backend backend, Instant now) {
        return new Member(backend, Health.DEGRADED, now, NOT_PROBED);
    }

    /** Whether the backend is fit for traffic. */
    public boolean healthy() {
        return health == Health.HEALTHY;
    }

    /** Whether anything is known of its health. */
    boolean probed() {
        return !cause.equals(NOT_PROBED);
    }
}
