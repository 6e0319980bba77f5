package dev.goaround.pool;

import java.time.Instant;

/**
 * A backend and its health at one moment.
 *
 * @param since when the health last changed
 * @param cause why it has this health, in a few words
 */
public record Member(Backend backend, Health health, Instant since, String cause) {

    /** Whether the backend is fit for traffic. */
    public boolean healthy() {
        return health == Health.HEALTHY;
    }
}
