package dev.goaround.retry;

import dev.goaround.pool.AnswerObserver;
import dev.goaround.pool.Backend;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * When a request that its backend is slow to answer is sent to a second one as well (Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013):
 * once 95 of 100 answers of that backend would have come, which makes for 5 % more requests at most, within the budget of
 * repeats. Thread-safe.
 */
public final class HedgePolicy implements AnswerObserver {

    private static final Set<String> SAFE = Set.of("GET", "HEAD");

    private final BooleanSupplier on;
    private final BooleanSupplier budget;
    private final Map<Backend, ResponseTimes> times = new ConcurrentHashMap<>();

    /**
     * @param on whether there are any
     * @param budget takes one repeat, or says that there is none
     */
    public HedgePolicy(BooleanSupplier on, BooleanSupplier budget) {
        this.on = on;
        this.budget = budget;
    }

    /** Whether requests like this one are ever sent twice. */
    public boolean appliesTo(String method, boolean hasBody) {
        return !hasBody && SAFE.contains(method) && on.getAsBoolean();
    }

    @Override
    public void answered(Backend backend, int status, long nanos) {
        took(backend, nanos);
    }

    /** The backend took so long to answer, or at least so long if it was not waited for. */
    public void took(Backend backend, long nanos) {
        if (on.getAsBoolean()) {
            of(backend).add(nanos);
        }
    }

    /** Returns how long to wait for the backend's answer before asking another one, in nanoseconds; 0 if that is not known yet. */
    public long delay(Backend backend) {
        return of(backend).p95();
    }

    /** Takes one repeat out of the budget, or returns false if there have been too many lately. */
    public boolean withdraw() {
        return budget.getAsBoolean();
    }

    /** Forgets all backends but these. */
    public void keepOnly(Set<Backend> backends) {
        times.keySet().retainAll(backends);
    }

    private ResponseTimes of(Backend backend) {
        ResponseTimes known = times.get(backend);
        return known != null ? known : times.computeIfAbsent(backend, key -> new ResponseTimes());
    }
}
