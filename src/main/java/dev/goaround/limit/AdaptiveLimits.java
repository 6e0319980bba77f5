package dev.goaround.limit;

import dev.goaround.pool.AnswerObserver;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.OutcomeObserver;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** Has the limit of each backend that is to have an adaptive one follow its response times. Thread-safe. */
public final class AdaptiveLimits implements AnswerObserver, OutcomeObserver {

    private final Map<Backend, GradientLimit> limits = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;
    private final Runnable whenRaised;

    /**
     * @param nanoTime the time, as {@link System#nanoTime}
     * @param whenRaised run when a backend may have more than before
     */
    public AdaptiveLimits(LongSupplier nanoTime, Runnable whenRaised) {
        this.nanoTime = nanoTime;
        this.whenRaised = whenRaised;
    }

    @Override
    public void answered(Backend backend, int status, long nanos) {
        if (!backend.spec().maxConnections().adaptive()) {
            return;
        }
        GradientLimit limit = limitOf(backend);
        if (limit.sample(nanos, backend.inFlight(), nanoTime.getAsLong())) {
            int before = backend.limit();
            backend.limit(limit.limit());
            if (limit.limit() > before) {
                whenRaised.run();
            }
        }
    }

    @Override
    public void ended(Backend backend, Outcome outcome, long began) {
        if (outcome instanceof Failed failed
                && failed.kind() == Kind.TIMEOUT
                && backend.spec().maxConnections().adaptive()) {
            limitOf(backend).timedOut();
        }
    }

    /** Forgets all backends but these. */
    public void keepOnly(Set<Backend> backends) {
        limits.keySet().retainAll(backends);
    }

    private GradientLimit limitOf(Backend backend) {
        GradientLimit known = limits.get(backend);
        return known != null
                ? known
                : limits.computeIfAbsent(
                        backend,
                        key -> new GradientLimit(key.spec().maxConnections().most(), nanoTime.getAsLong()));
    }
}
