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
 * <p>Live traffic alone may eject, but {@link HealthMonitor} bounds how many. A backend that is spared, or whose failures may be the fault of
 * the requests, is in doubt: then a single probe decides, since it would be the second piece of evidence.
 *
 * @param basis what the health rests on
 * @param since when the health last changed
 * @param streaks what has happened so often in a row
 * @param silent whether all that speaks against it is that its latest probe got no response in time
 * @param rise good probes in a row that ended the latest degradation, or will end the present one; 0 for a backend that
 *     was never seen to fail
 */
record HealthTrack(Health health, Basis basis, Instant since, Streaks streaks, boolean silent, int rise) {

    /**
     * What has happened so often in a row.
     *
     * @param probes latest probes that speak against the health
     * @param gatewayErrors gateway errors since the latest response that was none, counted up to {@value #GATEWAY_ERRORS}
     * @param contradicted those of them whose requests another backend has responded to well
     */
    record Streaks(int probes, int gatewayErrors, int contradicted) {

        static final Streaks NONE = new Streaks(0, 0, 0);

        private Streaks probes(int count) {
            return new Streaks(count, gatewayErrors, contradicted);
        }

        private Streaks oneMoreError() {
            return new Streaks(probes, Math.min(gatewayErrors + 1, GATEWAY_ERRORS), contradicted);
        }

        private Streaks oneMoreContradiction() {
            return new Streaks(probes, gatewayErrors, contradicted + 1);
        }

        private Streaks answered() {
            return new Streaks(probes, 0, 0);
        }
    }

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
        return new HealthTrack(
                health, health == DRAINING ? Basis.ANNOUNCEMENT : Basis.PROBES, since, Streaks.NONE, false, 0);
    }

    /** Whether the evidence makes any difference. Costs nothing, as it is asked once per request. */
    boolean movedBy(Evidence evidence) {
        return switch (evidence) {
            case PROBE_PASSED -> health != HEALTHY || probes() > 0 || doubted();
            case PROBE_FAILED -> movedByBadProbe(false);
            case PROBE_SILENT -> movedByBadProbe(true);
            case PROBE_DRAINING -> probes() > 0 || (health != DRAINING && !owing());
            case ANSWERED -> health == HEALTHY && (gatewayErrors() > 0 || streaks.contradicted() > 0);
            case LONE_GATEWAY_ERROR, CONTRADICTED, BROKEN, OUTLIER -> health == HEALTHY;
            case GATEWAY_ERROR -> health == HEALTHY && !(doubted() && gatewayErrors() == GATEWAY_ERRORS);
            case SUSPECT -> health == HEALTHY && !doubted();
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
            case PROBE_FAILED -> afterBadProbe(settings, now, false);
            case PROBE_SILENT -> afterBadProbe(settings, now, true);
            case PROBE_DRAINING -> health == DRAINING || owing() ? counting(Streaks.NONE) : draining(now);
            case ANSWERED -> counting(streaks.answered());
            case GATEWAY_ERROR -> afterGatewayError();
            case LONE_GATEWAY_ERROR ->
                gatewayErrors() + 1 < GATEWAY_ERRORS ? counting(streaks.oneMoreError()) : ejected(now);
            case CONTRADICTED ->
                streaks.contradicted() + 1 < GATEWAY_ERRORS ? counting(streaks.oneMoreContradiction()) : ejected(now);
            case SUSPECT -> inDoubt();
            case BROKEN -> ejected(now);
            case OUTLIER -> degraded(Basis.TRAFFIC, now, OUTLIER_RISE);
            case NONE -> this;
        };
    }

    /** Returns the track when the next probe is to decide. */
    HealthTrack inDoubt() {
        return new HealthTrack(HEALTHY, Basis.DOUBT, since, streaks, false, rise);
    }

    /** Returns the track of a backend that is back with one good probe, since there is no other. */
    HealthTrack revived(Instant now) {
        return new HealthTrack(HEALTHY, Basis.PROBES, now, Streaks.NONE, false, rise);
    }

    /** Returns the track of a degraded backend that owes no more than one good probe, since no backend is healthy. */
    HealthTrack forgiven() {
        return rise > 1 && health == DEGRADED ? new HealthTrack(health, basis, since, streaks, silent, 1) : this;
    }

    /** Latest probes in a row that speak against the health. */
    int probes() {
        return streaks.probes();
    }

    /** Gateway errors since the latest response that was none. */
    int gatewayErrors() {
        return streaks.gatewayErrors();
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
        return !announced() && probes() + 1 < rise
                ? new HealthTrack(health, basis, since, streaks.probes(probes() + 1), false, rise)
                : revived(now);
    }

    private boolean movedByBadProbe(boolean silence) {
        return health != DEGRADED || probes() > 0 || ejected() || (rise == 0 && !announced()) || silent != silence;
    }

    private HealthTrack afterBadProbe(HealthSettings settings, Instant now, boolean silence) {
        if (health == DEGRADED) {
            return stillDown(silence);
        }
        if (probes() + 1 < settings.fall() && !doubted()) {
            return counting(streaks.probes(probes() + 1));
        }
        HealthTrack down = health == DRAINING
                ? new HealthTrack(DEGRADED, basis, now, Streaks.NONE, false, rise)
                : degraded(Basis.PROBES, now, 1);
        return down.silent(silence);
    }

    /** A good streak is over; a backend that was never up has now been seen to fail; what live traffic said is true. */
    private HealthTrack stillDown(boolean silence) {
        Basis confirmed = ejected() ? Basis.PROBES : basis;
        return new HealthTrack(DEGRADED, confirmed, since, Streaks.NONE, silence, Math.max(1, rise));
    }

    private HealthTrack silent(boolean silence) {
        return new HealthTrack(health, basis, since, streaks, silence, rise);
    }

    /** Errors in a row that the requests may have caused do not eject, however many they are. */
    private HealthTrack afterGatewayError() {
        HealthTrack counted = counting(streaks.oneMoreError());
        return counted.gatewayErrors() < GATEWAY_ERRORS ? counted : counted.inDoubt();
    }

    /** The doubts, if any, were unfounded. */
    private HealthTrack confirmed() {
        return new HealthTrack(HEALTHY, Basis.PROBES, since, streaks.probes(0), false, rise);
    }

    private HealthTrack draining(Instant now) {
        return new HealthTrack(DRAINING, Basis.ANNOUNCEMENT, now, Streaks.NONE, false, rise);
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
        return new HealthTrack(DEGRADED, basis, now, Streaks.NONE, false, needed);
    }

    private HealthTrack counting(Streaks counted) {
        return new HealthTrack(health, basis, since, counted, silent, rise);
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
