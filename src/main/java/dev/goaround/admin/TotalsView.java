package dev.goaround.admin;

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
        long inFlight,
        long openConnections,
        long idleConnections,
        long tunnels,
        long requests,
        long failures,
        long bytesSent,
        long bytesReceived) {

    static TotalsView of(List<BackendView> backends, int healthy) {
        return new TotalsView(
                backends.size(),
                healthy,
                backends.size() - healthy,
                sum(backends, BackendView::inFlight),
                sum(backends, BackendView::openConnections),
                sum(backends, BackendView::idleConnections),
                sum(backends, BackendView::tunnels),
                sum(backends, BackendView::requests),
                sum(backends, BackendView::failures),
                sum(backends, BackendView::bytesSent),
                sum(backends, BackendView::bytesReceived));
    }

    private static long sum(List<BackendView> backends, ToLongFunction<BackendView> count) {
        return backends.stream().mapToLong(count).sum();
    }
}
