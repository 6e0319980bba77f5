package dev.goaround.health;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Member;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * Whose gateway errors are the backend's own, and not the fault of the requests that got them.
 *
 * <p>A request that is at fault fails wherever it goes. So an error speaks against a backend only if the others respond well meanwhile. Thread-safe;
 * noting a response that is no gateway error takes one addition.
 */
final class GatewayErrors {

    /** For how long an error of another backend speaks for this one, in milliseconds. */
    static final long MEMORY_MILLIS = 10_000;

    /** Responses of other backends without which nothing follows from errors in a row: as many as those. */
    static final int MIN_RESPONSES = HealthTrack.GATEWAY_ERRORS;

    private final LongAdder responses = new LongAdder();

    /** Guarded by this object's lock. */
    private final Map<Backend, Latest> latest = new HashMap<>();

    /** Notes a response that is no gateway error, of any backend. */
    void answered() {
        responses.increment();
    }

    /**
     * Notes a gateway error.
     *
     * @param first whether the backend has responded well since its last one
     * @param now in milliseconds
     */
    synchronized void failed(Backend backend, boolean first, long now) {
        Latest known = latest.get(backend);
        latest.put(backend, new Latest(now, first || known == null ? responses.sum() : known.goodBefore()));
    }

    /** Whether no other backend has had one lately, while others have responded well since the first of this one's latest in a row. */
    synchronized boolean alone(Backend backend, long now) {
        Latest known = latest.get(backend);
        if (known == null || responses.sum() - known.goodBefore() < MIN_RESPONSES) {
            return false;
        }
        for (Map.Entry<Backend, Latest> other : latest.entrySet()) {
            if (other.getKey() != backend && other.getValue().within(now)) {
                return false;
            }
        }
        return true;
    }

    /** Whether more than half of the healthy ones of these have had a gateway error lately: then it is about the requests. */
    synchronized boolean widespread(List<Member> members, long now) {
        int healthy = 0;
        int failing = 0;
        for (Member member : members) {
            if (member.healthy()) {
                healthy++;
                Latest last = latest.get(member.backend());
                failing += last != null && last.within(now) ? 1 : 0;
            }
        }
        return 2 * failing > healthy;
    }

    /** Forgets all backends but these. */
    synchronized void keepOnly(Set<Backend> backends) {
        latest.keySet().retainAll(backends);
    }

    /**
     * The latest gateway error of a backend.
     *
     * @param at when it came, in milliseconds
     * @param goodBefore responses of all backends that had been no gateway errors when the first of these came
     */
    private record Latest(long at, long goodBefore) {

        boolean within(long now) {
            return Math.abs(now - at) < MEMORY_MILLIS;
        }
    }
}
