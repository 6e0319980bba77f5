package dev.goaround.admin;

import dev.goaround.health.ProbeResult;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A backend's last probe as the status endpoint shows it.
 *
 * @param at when the probe started
 * @param detail what was answered or what went wrong
 * @param tookMillis how long the probe took, to a tenth of a millisecond: on a local network whole ones would all be 0
 */
record ProbeView(Instant at, boolean passed, String detail, double tookMillis) {

    static ProbeView of(ProbeResult result) {
        return new ProbeView(
                result.at().truncatedTo(ChronoUnit.MILLIS), result.passed(), result.detail(), tenths(result.took()));
    }

    private static double tenths(Duration took) {
        return Math.round(took.toNanos() / 100_000.0) / 10.0;
    }
}
