package dev.goaround.observe;

import dev.goaround.health.HealthObserver;
import dev.goaround.health.ProbeResult;
import dev.goaround.observe.Traffic.HealthFlip;
import dev.goaround.pool.AnswerObserver;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Health;
import dev.goaround.pool.Member;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.OutcomeObserver;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts requests, attempts and their latencies by backend, for whoever asks: metrics, and the status.
 *
 * <p>Every backend of the pool is counted apart, up to a thousand of them; the others are counted together, and so is what still ends
 * on a backend that has left. What was counted of a backend is forgotten when it leaves, except in the sum of all. Thread-safe;
 * recording looks up, adds, and neither locks nor allocates.
 */
public final class TrafficRecorder implements OutcomeObserver, AnswerObserver, HealthObserver {

    /** Backends that are counted apart. */
    public static final int MOST_BACKENDS = 1000;

    private final BackendPool pool;
    private final Traffic others = new Traffic();
    private final Traffic unsent = new Traffic();
    private final LatencyHistogram queued = new LatencyHistogram();

    /** Anyone reads; written by {@link #follow} only, holding this object's lock. */
    private volatile Map<Backend, Traffic> known = Map.of();

    /** Counted of those that have left; read and written likewise. */
    private volatile TrafficReading departed = TrafficReading.NONE;

    /** A recorder that knows who is in the pool now; have the pool run {@link #follow} when that changes. */
    public TrafficRecorder(BackendPool pool) {
        this.pool = pool;
        follow();
    }

    /** Takes notice of who is in the pool. */
    public synchronized void follow() {
        Map<Backend, Traffic> before = known;
        Set<Backend> members = new HashSet<>();
        Map<Backend, Traffic> after = new HashMap<>();
        for (Member member : pool.snapshot().members()) {
            members.add(member.backend());
            Traffic traffic = before.get(member.backend());
            if (traffic != null) {
                after.put(member.backend(), traffic);
            }
        }
        for (Member member : pool.snapshot().members()) {
            if (after.size() < MOST_BACKENDS) {
                after.computeIfAbsent(member.backend(), joined -> new Traffic());
            }
        }
        if (after.keySet().equals(before.keySet())) {
            return;
        }
        known = after;
        before.forEach((backend, traffic) -> {
            if (!members.contains(backend)) {
                departed = departed.plus(traffic.read());
            }
        });
    }

    /**
     * A client's request has ended.
     *
     * @param backend the one that answered, or was asked last; null if none was
     * @param status what the client got, or 0 for nothing
     * @param nanos from its head to the end of its answer
     */
    public void requestEnded(
            @Nullable Backend backend,
            MethodClass method,
            int status,
            ClientProtocol protocol,
            RequestOutcome outcome,
            long nanos) {
        (backend == null ? unsent : of(backend)).request(RequestKind.number(method, status, protocol, outcome), nanos);
    }

    /** A request is sent once more, since this backend had no answer to it, or not yet. */
    public void retried(Backend backend, RetryReason reason) {
        of(backend).retry(reason);
    }

    /** A request has waited for a backend's place, whatever came of that. */
    public void waited(long nanos) {
        queued.add(nanos);
    }

    @Override
    public void answered(Backend backend, int status, long nanos) {
        of(backend).answered(nanos);
    }

    @Override
    public void ended(Backend backend, Outcome outcome, long began) {
        of(backend).attempt(AttemptResult.of(outcome));
    }

    @Override
    public void probed(Backend backend, ProbeResult result) {
        of(backend).probe(result.took().toNanos());
    }

    @Override
    public void flipped(Backend backend, Health to, String cause, boolean ejection) {
        of(backend).flip(new HealthFlip(to, cause, ejection));
    }

    private Traffic of(Backend backend) {
        Traffic traffic = known.get(backend);
        return traffic == null ? others : traffic;
    }

    /** What is counted of each backend that is counted apart. */
    public Map<Backend, Traffic> byBackend() {
        return Map.copyOf(known);
    }

    /** What is counted of the others together. */
    public Traffic others() {
        return others;
    }

    /** Requests that no backend was asked about. */
    public Traffic unsent() {
        return unsent;
    }

    /** How long requests have waited for a backend's place. */
    public Latencies queued() {
        return queued.read();
    }

    /** All that was ever counted, that of backends which have left included. */
    public TrafficReading readAll() {
        TrafficReading all = departed.plus(others.read()).plus(unsent.read());
        for (Traffic traffic : known.values()) {
            all = all.plus(traffic.read());
        }
        return all;
    }
}
