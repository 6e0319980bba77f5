package dev.goaround.admin;

import dev.goaround.pool.Health;
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
                count(backends, Health.HEALTHY),
                count(backends, Health.DEGRADED),
                count(backends, Health.DRAINING),
                sum(backends, BackendView::inFlight),
                sum(backends, BackendView::openConnections),
                sum(backends, BackendView::idleConnections),
                sum(backends, BackendView::tunnels),
                sum(backends, BackendView::requests),
                sum(backends, BackendView::failures),
                sum(backends, BackendView::bytesSent),
                sum(backends, BackendView::bytesReceived));
    }

    private static int count(List<BackendView> backends, Health health) {
        return (int) backends.stream()
                .filter(backend -> backend.state().equals(health.label()))
                .count();
    }

    private static long sum(List<BackendView> backends, ToLongFunction<BackendView> count) {
        return backends.stream().mapToLong(count).sum();
    }
}
