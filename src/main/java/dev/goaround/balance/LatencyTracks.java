package dev.goaround.balance;

import dev.goaround.pool.AnswerObserver;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.OutcomeObserver;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The response times of each backend of a pool. Thread-safe.
 *
 * <p>What fails quickly would look like the quickest of all. So a failure counts as a response time of a second at least, be
 * it a gateway error or no answer; a time-out counts as long as it was.
 */
final class LatencyTracks implements AnswerObserver, OutcomeObserver {

    /** What a failure counts as at least, in nanoseconds. */
    static final long FAILURE = 1_000_000_000L;

    private final boolean peak;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final Map<Backend, LatencyTrack> tracks = new ConcurrentHashMap<>();
    private Runnable forgetting = () -> {};

    LatencyTracks(boolean peak, Clock clock, LongSupplier nanoTime) {
        this.peak = peak;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** Learns from this pool from now on, and forgets backends that leave it. */
    void follow(BackendPool pool) {
        pool.observe(this);
        pool.observeAnswers(this);
        forgetting = () -> tracks.keySet().retainAll(pool.snapshot().backends());
        pool.whenChanged(forgetting);
    }

    /** Learns nothing from it any more. */
    void unfollow(BackendPool pool) {
        pool.unobserve(this, this);
        pool.unlisten(forgetting);
    }

    LatencyTrack of(Backend backend) {
        LatencyTrack known = tracks.get(backend);
        return known != null ? known : tracks.computeIfAbsent(backend, key -> new LatencyTrack(peak));
    }

    @Override
    public void answered(Backend backend, int status, long nanos) {
        boolean failed = new Outcome.Answered(status).failure();
        of(backend).add(failed ? Math.max(nanos, FAILURE) : nanos, nanoTime.getAsLong());
    }

    @Override
    public void ended(Backend backend, Outcome outcome, long began) {
        if (outcome.failure() && !(outcome instanceof Outcome.Answered answered && answered.status() >= 400)) {
            // No response, or a gRPC call that failed after its head had come.
            long nanos = (clock.millis() - began) * 1_000_000;
            of(backend).add(Math.max(nanos, FAILURE), nanoTime.getAsLong());
        }
    }
}
