package dev.goaround.health;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Health;
import java.time.Duration;
import org.slf4j.Logger;

/**
 * One change of a backend's health that operators should know of.
 *
 * @param before the track until then
 * @param after the track from then on
 * @param lasted how long the former health lasted
 * @param cause why, in a few words
 */
record Flip(Backend backend, HealthTrack before, HealthTrack after, Duration lasted, String cause) {

    /**
     * Writes it to the log. That a new backend is well is not worth a line, for the start-up lines and the reload that
     * brought it name it already.
     */
    void log(Logger log) {
        String id = backend.id();
        Object uri = backend.spec().uri();
        if (after.health() == Health.DRAINING) {
            log.info("backend {} ({}) draining: {}", id, uri, cause);
        } else if (before.health() == Health.DRAINING) {
            log.info("backend {} ({}) {} after draining for {}: {}", id, uri, word(), new Span(lasted), cause);
        } else if (before.health() == Health.HEALTHY) {
            log.warn("backend {} ({}) degraded: {} (was healthy for {}{})", id, uri, cause, new Span(lasted), price());
        } else if (after.health() == Health.DEGRADED) {
            log.warn("backend {} ({}) not healthy yet: {}", id, uri, cause);
        } else if (before.rise() > 0 || before.basis() == Basis.ANNOUNCEMENT) {
            log.info("backend {} ({}) healthy again after {}: {}", id, uri, new Span(lasted), cause);
        } else {
            log.debug("backend {} ({}) healthy: {}", id, uri, cause);
        }
    }

    /** Whether {@link #log} tells operators. */
    boolean worthALine() {
        return before.health() == Health.DRAINING
                || before.health() == Health.HEALTHY
                || after.health() != Health.HEALTHY
                || before.rise() > 0
                || before.basis() == Basis.ANNOUNCEMENT;
    }

    private String word() {
        return after.health() == Health.HEALTHY ? "healthy again" : "gone";
    }

    private String price() {
        return after.rise() > 1 ? ", needs " + after.rise() + " good probes in a row now" : "";
    }
}
