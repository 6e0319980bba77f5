package dev.goaround.pool;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A backend and its health at one moment.
 *
 * @param since when the health last changed
 * @param cause why it has this health, in a few words
 * @param left since when it has not been healthy; long ago for one that joined a running pool, and null for one that is
 *     healthy, or that joined with the pool itself and was not probed yet
 * @param sources who lists it, the one whose word counts first
 * @param state what an operator has said of it
 * @param stated since when that holds
 * @param silent whether all that speaks against it is that it has not responded in time
 */
public record Member(
        Backend backend,
        Health health,
        Instant since,
        String cause,
        @Nullable Instant left,
        List<String> sources,
        OperatorState state,
        Instant stated,
        boolean silent) {

    private static final String NOT_PROBED = "not probed yet";

    /**
     * A backend of which nothing is known yet.
     *
     * @param first whether it joins with the pool itself
     */
    static Member joining(Backend backend, Listing listing, Instant now, boolean first) {
        return new Member(
                backend,
                Health.DEGRADED,
                now,
                NOT_PROBED,
                first ? null : Instant.EPOCH,
                listing.sources(),
                listing.state(),
                now,
                false);
    }

    /** The same backend as it is listed from now on. */
    Member listed(Listing listing, Instant now) {
        return new Member(
                backend,
                health,
                since,
                cause,
                left,
                listing.sources(),
                listing.state(),
                listing.state() == state ? stated : now,
                silent);
    }

    /** The same backend after it was found in this health. */
    Member found(Health found, Instant now, String why, boolean silence) {
        return new Member(
                backend,
                found,
                found == health ? since : now,
                why,
                leftWhen(found, now),
                sources,
                state,
                stated,
                silence);
    }

    /** Whether it is worth a try while no backend is healthy: nothing refuses requests, as far as is known. */
    boolean lastResort() {
        return ready() && silent && health == Health.DEGRADED && probed();
    }

    private @Nullable Instant leftWhen(Health found, Instant now) {
        if (found == Health.HEALTHY) {
            return null;
        }
        if (health == Health.HEALTHY) {
            return now;
        }
        return left == null ? since : left;
    }

    /** Whether the backend is well, whatever an operator has said of it. */
    public boolean healthy() {
        return health == Health.HEALTHY;
    }

    /** Whether no operator keeps traffic away from it. */
    public boolean ready() {
        return state == OperatorState.READY;
    }

    /** Whether the backend is fit for traffic, and may have it. */
    public boolean available() {
        return healthy() && ready();
    }

    /** Whether it has joined a pool that had others already, may have traffic, and has never been healthy since. */
    boolean coming() {
        return ready() && Instant.EPOCH.equals(left);
    }

    /** Its state as users read it: what an operator has said of it, and if that is nothing, its health. */
    public String label() {
        return ready() ? health.label() : state.label();
    }

    /** Since when it is in this state. */
    public Instant labelSince() {
        return ready() ? since : stated;
    }

    /** Why it is in this state. */
    public String labelCause() {
        return ready() ? cause : "by an operator; otherwise " + health.label() + ": " + cause;
    }

    /** Whether anything is known of its health. */
    boolean probed() {
        return !cause.equals(NOT_PROBED);
    }
}
