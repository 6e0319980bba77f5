package dev.goaround.health;

import static dev.goaround.pool.Health.DEGRADED;
import static dev.goaround.pool.Health.DRAINING;
import static dev.goaround.pool.Health.HEALTHY;

import dev.goaround.pool.Health;
import java.time.Duration;
import java.time.Instant;

/**
 * What is known of one backend's health: a pure state machine.
 *
 * <p>Only probes heal, because a degraded backend gets no new traffic, and what ends late began before. While it is
 * healthy, failed probes and gateway errors are counted apart: a live answer does not end a streak of failed probes, or
 * a busy backend that reports itself down, but still answers, would never be degraded; and a good probe does not end a
 * streak of gateway errors, or a backend that answers nothing but its health check would never be either.
 *
 * <p>A backend that says that it drains is believed at once, and one good probe brings it back. That it is gone meanwhile
 * is no failure, for it said so; only a backend that owes good probes can't get out of them by draining.
 *
 * <p>Live traffic alone may eject, but {@link HealthMonitor} bounds how many. Whoever is spared is in doubt: then a single
 * probe decides, since it would be the second piece of evidence.
 *
 * @param basis what the health rests on
 * @param since when the health last changed
 * @param probes latest probes in a row that speak against the health
 * @param gatewayErrors latest gateway errors in a row from live traffic
 * @param rise good probes in a row that ended the latest degradation, or will end the present one; 0 for a backend that
 *     was never seen to fail
 */
record HealthTrack(Health health, Basis basis, Instant since, int probes, int gatewayErrors, int rise) {

    /** Gateway errors in a row that degrade. */
    static final int GATEWAY_ERRORS = 5;

    /** A backend that fails again within this time after its recovery has relapsed. */
    static final Duration RELAPSE = Duration.ofMinutes(1);

    /** Most good probes in a row that a backend can be made to need. */
    static final int MOST_RISE = 30;

    /**
     * Good probes in a row that bring back a backend which was ejected for its success rate. Its probes pass all the while,
     * so that one would prove nothing: it stays out for about as long as it took to convict it.
     */
    static final int OUTLIER_RISE = 10;

    /** The track of a backend of which no more than its health is known. */
    static HealthTrack of(Health health, Instant since) {
        return new HealthTrack(health, health == DRAINING ? Basis.ANNOUNCEMENT : Basis.PROBES, since, 0, 0, 0);
    }

    /** Whether the evidence makes any difference. Costs nothing, as it is asked once per request. */
    boolean movedBy(Evidence evidence) {
        return switch (evidence) {
            case PROBE_PASSED -> health != HEALTHY || probes > 0 || doubted();
            case PROBE_FAILED -> health != DEGRADED || probes > 0 || ejected() || (rise == 0 && !announced());
            case PROBE_DRAINING -> probes > 0 || (health != DRAINING && !owing());
            case ANSWERED -> health == HEALTHY && gatewayErrors > 0;
            case GATEWAY_ERROR, BROKEN, OUTLIER -> health == HEALTHY && !doubted();
            case NONE -> false;
        };
    }

    /** Returns the track after one more piece of evidence. */
    HealthTrack after(Evidence evidence, HealthSettings settings, Instant now) {
        if (!movedBy(evidence)) {
            return this;
        }
        return switch (evidence) {
            case PROBE_PASSED -> health == HEALTHY ? confirmed() : afterGoodProbe(now);
            case PROBE_FAILED -> health == DEGRADED ? stillDown() : afterBadProbe(settings, now);
            case PROBE_DRAINING -> health == DRAINING || owing() ? counting(0, 0) : draining(now);
            case ANSWERED -> counting(probes, 0);
            case GATEWAY_ERROR ->
                gatewayErrors + 1 < GATEWAY_ERRORS ? counting(probes, gatewayErrors + 1) : ejected(now);
            case BROKEN -> ejected(now);
            case OUTLIER -> degraded(Basis.TRAFFIC, now, OUTLIER_RISE);
            case NONE -> this;
        };
    }

    /** Returns the track instead of one that live traffic would have ejected, if too many are ejected already. */
    HealthTrack inDoubt() {
        return new HealthTrack(HEALTHY, Basis.DOUBT, since, probes, 0, rise);
    }

    /** Whether the backend is out on the word of live traffic alone. */
    boolean ejected() {
        return basis == Basis.TRAFFIC;
    }

    /** Whether the next probe decides. */
    boolean doubted() {
        return basis == Basis.DOUBT;
    }

    private HealthTrack afterGoodProbe(Instant now) {
        return !announced() && probes + 1 < rise
                ? counting(probes + 1, 0)
                : new HealthTrack(HEALTHY, Basis.PROBES, now, 0, 0, rise);
    }

    private HealthTrack afterBadProbe(HealthSettings settings, Instant now) {
        if (probes + 1 < settings.fall() && !doubted()) {
            return counting(probes + 1, gatewayErrors);
        }
        return health == DRAINING ? new HealthTrack(DEGRADED, basis, now, 0, 0, rise) : degraded(Basis.PROBES, now, 1);
    }

    /** A good streak is over; a backend that was never up has now been seen to fail; what live traffic said is true. */
    private HealthTrack stillDown() {
        return new HealthTrack(DEGRADED, ejected() ? Basis.PROBES : basis, since, 0, 0, Math.max(1, rise));
    }

    /** The doubts, if any, were unfounded. */
    private HealthTrack confirmed() {
        return new HealthTrack(HEALTHY, Basis.PROBES, since, 0, gatewayErrors, rise);
    }

    private HealthTrack draining(Instant now) {
        return new HealthTrack(DRAINING, Basis.ANNOUNCEMENT, now, 0, 0, rise);
    }

    private HealthTrack ejected(Instant now) {
        return degraded(Basis.TRAFFIC, now, 1);
    }

    /**
     * Returns the degraded track.
     *
     * @param least good probes in a row that even the first degradation of this kind costs
     */
    private HealthTrack degraded(Basis basis, Instant now, int least) {
        boolean relapse = rise > 0 && now.isBefore(since.plus(RELAPSE));
        int needed = relapse ? Math.min(Math.max(2 * rise, least), MOST_RISE) : least;
        return new HealthTrack(DEGRADED, basis, now, 0, 0, needed);
    }

    private HealthTrack counting(int probes, int gatewayErrors) {
        return new HealthTrack(health, basis, since, probes, gatewayErrors, rise);
    }

    /** Whether the backend said that it would go, or that it is on its way. */
    private boolean announced() {
        return basis == Basis.ANNOUNCEMENT;
    }

    /** Whether one good probe is not enough. */
    private boolean owing() {
        return health == DEGRADED && !announced() && rise > 1;
    }
}
