package dev.goaround.retry;

import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Whether an attempt may be repeated, and where.
 *
 * <p>A request that no backend can have acted on may always be repeated. One that may have been is repeated only if doing it
 * twice is the same as doing it once (RFC 9110 section 9.2.2), and within a {@linkplain RetryBudget budget}; in both cases
 * only if its body can be sent again.
 */
public final class RetryPolicy {

    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");

    /** What a backend may have recovered from a moment later. */
    private static final Set<Kind> GONE = Set.of(Kind.UNREACHABLE, Kind.CLOSED, Kind.REFUSED);

    /** What to do after a failed attempt. */
    public enum Decision {
        /** Repeat it on a new connection to the same backend, which has merely closed a connection that was idle. */
        SAME_BACKEND,
        /** Repeat it on a backend that has not been tried. */
        NEXT_BACKEND,
        /** Tell the client: a repeat might do it twice, or can't be made. */
        GIVE_UP,
        /** Tell the client: there have been too many repeats lately. */
        OVER_BUDGET
    }

    private final Supplier<RetrySettings> settings;
    private final RetryBudget budget;
    private final RandomGenerator random;

    /** @param random must be safe for use by many threads */
    public RetryPolicy(Supplier<RetrySettings> settings, RetryBudget budget, RandomGenerator random) {
        this.settings = settings;
        this.budget = budget;
        this.random = random;
    }

    /** Counts a client's request, as a share of which repeats are allowed. */
    public void began() {
        budget.request();
    }

    /**
     * Whether doing the request twice is the same as doing it once.
     *
     * @param keyed whether it carries an {@code Idempotency-Key}, by which its backend recognizes a repeat
     */
    public boolean idempotent(String method, boolean keyed) {
        return keyed || settings.get().nonIdempotent() || IDEMPOTENT.contains(method);
    }

    /**
     * Decides after an attempt that failed before the head of a response.
     *
     * @param sendable whether the request, body included, can be sent again
     * @param timedOut whether another backend has been too slow for it already: then it is the request that takes long
     */
    public Decision after(Failed failure, boolean idempotent, boolean sendable, boolean timedOut) {
        boolean safe = idempotent || !failure.written();
        boolean slow = timedOut && failure.kind() == Kind.TIMEOUT && failure.written();
        if (!sendable || !safe || slow || failure.phase() == Phase.BODY) {
            return Decision.GIVE_UP;
        }
        if (failure.stale()) {
            return Decision.SAME_BACKEND;
        }
        return !failure.written() || budget.withdraw() ? Decision.NEXT_BACKEND : Decision.OVER_BUDGET;
    }

    /**
     * Whether another backend may be asked after one that answered with this status, which takes a {@linkplain #withdraw repeat}.
     *
     * @param sendable whether the request, body included, can be sent again
     */
    public boolean repeatable(int status, boolean idempotent, boolean sendable) {
        return idempotent && sendable && settings.get().repeatsAfter(status);
    }

    /** Takes one repeat out of the budget, or returns false if there have been too many lately. */
    public boolean withdraw() {
        return budget.withdraw();
    }

    /** Whether a backend that asks for it is left alone for a while. */
    public boolean honorsRetryAfter() {
        return settings.get().honorRetryAfter();
    }

    /** Repeats that were not made because there had been too many. */
    public long denied() {
        return budget.denied();
    }

    /**
     * Whether a request that has been round all backends so often, without an answer, may go round once more. Only where the last one was gone:
     * one that was too slow, or made no sense, would hardly be any better a moment later. Nor would those that have the request and break off, one after
     * the other: then it is about the request.
     *
     * @param failedBySeveral whether several backends have failed it after it was written
     */
    public boolean anotherRound(Failed last, int roundsDone, boolean failedBySeveral) {
        return roundsDone < settings.get().rounds() && GONE.contains(last.kind()) && !failedBySeveral;
    }

    /** How long to wait before that. By chance, so that requests that failed together do not come back together. */
    public Duration backoff(int roundsDone) {
        long base = settings.get().backoff().toNanos() << (roundsDone - 1);
        return Duration.ofNanos((long) (base * (0.5 + random.nextDouble())));
    }
}
