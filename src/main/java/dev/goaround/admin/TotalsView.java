package dev.goaround.admin;

import dev.goaround.pool.Health;
import dev.goaround.pool.OperatorState;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Sums over the backends that are in the pool now, under the names that a backend has for them.
 *
 * <p>Added up from the very views of the same answer, so that the two always agree. A backend that leaves the pool
 * takes its counts with it; use metrics for what must never fall.
 */
record TotalsView(
        int backends,
        int healthy,
        int degraded,
        int draining,
        int disabled,
        long inFlight,
        long openConnections,
        long idleConnections,
        long tunnels,
        long requests,
        long failures,
        long bytesSent,
        long bytesReceived) {

    static TotalsView of(List<BackendView> backends) {
        return new TotalsView(
                backends.size(),
                count(backends, Health.HEALTHY.label()),
                count(backends, Health.DEGRADED.label()),
                count(backends, Health.DRAINING.label()),
                count(backends, OperatorState.DISABLED.label()),
                sum(backends, BackendView::inFlight),
                sum(backends, BackendView::openConnections),
                sum(backends, BackendView::idleConnections),
                sum(backends, BackendView::tunnels),
                sum(backends, BackendView::requests),
                sum(backends, BackendView::failures),
                sum(backends, BackendView::bytesSent),
                sum(backends, BackendView::bytesReceived));
    }

    private static int count(List<BackendView> backends, String state) {
        return (int) backends.stream()
                .filter(backend -> backend.state().equals(state))
                .count();
    }

    private static long sum(List<BackendView> backends, ToLongFunction<BackendView> count) {
        return backends.stream().mapToLong(count).sum();
    }
}
