package dev.goaround.health;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Health;
import dev.goaround.pool.Member;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.OutcomeObserver;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over the health of every backend: takes what probes and live traffic say, moves the backend's
 * {@link HealthTrack}, tells the pool and logs each flip once.
 *
 * <p>Thread-safe. It is told of every attempt, on event loops, so that an attempt which changes nothing costs a look-up
 * and neither lock nor allocation. The lock is held for changes alone, which are rare, and not while logging.
 */
public final class HealthMonitor implements OutcomeObserver {

    private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);

    private final BackendPool pool;
    private final Supplier<HealthSettings> settings;
    private final Clock clock;

    /** Anyone reads; written only while holding this object's lock, so that the pool hears of flips in their order. */
    private final Map<Backend, HealthTrack> tracks = new ConcurrentHashMap<>();

    private final FlipLog flips = new FlipLog(LOG, System::nanoTime);
    private final GatewayErrors gatewayErrors = new GatewayErrors();

    private final List<HealthObserver> observers = new CopyOnWriteArrayList<>();

    /** Set once, while the objects are put together. */
    private volatile Consumer<Backend> doubts = backend -> {};

    public HealthMonitor(BackendPool pool, Supplier<HealthSettings> settings, Clock clock) {
        this.pool = pool;
        this.settings = settings;
        this.clock = clock;
    }

    /** Has the observer told of probes and of changes of health from now on. */
    public void observe(HealthObserver observer) {
        observers.add(observer);
    }

    @Override
    public void ended(Backend backend, Outcome outcome, long began) {
        ended(backend, outcome, began, false);
    }

    @Override
    public void ended(Backend backend, Outcome outcome, long began, boolean chosen) {
        Evidence evidence = Evidence.of(outcome);
        if (evidence == Evidence.ANSWERED) {
            gatewayErrors.answered();
            if (silent(backend)) {
                // It was tried since there was no other, and it responds: a probe may bring it back at once.
                doubts.accept(backend);
            }
        } else if (evidence == Evidence.GATEWAY_ERROR) {
            evidence = judged(backend, chosen);
        }
        if (matters(backend, evidence)) {
            live(backend, evidence, words(outcome), Instant.ofEpochMilli(began));
        }
    }

    /** What a gateway error says. A client that chooses its backend can have one backend fail while the others respond well. */
    private Evidence judged(Backend backend, boolean chosen) {
        HealthTrack track = tracks.get(backend);
        int before = track == null ? 0 : track.gatewayErrors();
        long now = clock.millis();
        gatewayErrors.failed(backend, before == 0, now);
        if (chosen) {
            return Evidence.SUSPECT;
        }
        // Before the fifth it makes no difference, and to find out takes a look at every backend.
        boolean alone = before + 1 >= HealthTrack.GATEWAY_ERRORS && gatewayErrors.alone(backend, now);
        return alone ? Evidence.LONE_GATEWAY_ERROR : Evidence.GATEWAY_ERROR;
    }

    @Override
    public void contradicted(Backend backend, Outcome outcome, long began) {
        if (Evidence.of(outcome) == Evidence.GATEWAY_ERROR
                && matters(backend, Evidence.CONTRADICTED)
                && !(lastContradiction(backend)
                        && gatewayErrors.widespread(pool.snapshot().members(), clock.millis()))) {
            live(backend, Evidence.CONTRADICTED, words(outcome), Instant.ofEpochMilli(began));
        }
    }

    /** Whether one more would be enough to eject the backend. */
    private boolean lastContradiction(Backend backend) {
        HealthTrack track = tracks.get(backend);
        return track != null && track.streaks().contradicted() + 1 >= HealthTrack.GATEWAY_ERRORS;
    }

    /** Takes the finding that a backend's success rate is far below the pool's. */
    void outlier(Backend backend, String detail) {
        if (matters(backend, Evidence.OUTLIER)) {
            live(backend, Evidence.OUTLIER, detail, clock.instant());
        }
    }

    /** Takes what live traffic says, from which only a healthy backend has anything to fear. */
    private void live(Backend backend, Evidence evidence, String detail, Instant began) {
        boolean before = doubted(backend);
        log(move(backend, Health.HEALTHY, evidence, detail, began));
        if (!before && doubted(backend)) {
            LOG.debug("backend {} in doubt: {}", backend, detail);
            doubts.accept(backend);
        }
    }

    /** Has this told of backends that are to be probed now, on the event loop that found the reason; replaces the last. */
    void whenInDoubt(Consumer<Backend> listener) {
        doubts = listener;
    }

    /**
     * Takes the result of a probe.
     *
     * @param asked the member when the probe began; if its health has changed since then, the result is about the past
     *     (the probe may have been accepted by the very process that live traffic then found dead) and counts nothing
     */
    void probed(Member asked, ProbeResult result) {
        observers.forEach(observer -> observer.probed(asked.backend(), result));
        Evidence evidence = Evidence.of(result);
        if (matters(asked.backend(), evidence)) {
            log(move(asked.backend(), asked.health(), evidence, result.detail(), asked.since()));
        }
    }

    /** Forgets all backends but these. */
    synchronized void keepOnly(Set<Backend> backends) {
        tracks.keySet().retainAll(backends);
        gatewayErrors.keepOnly(backends);
    }

    private boolean matters(Backend backend, Evidence evidence) {
        HealthTrack track = tracks.get(backend);
        return track == null ? evidence != Evidence.NONE : track.movedBy(evidence);
    }

    /**
     * Takes evidence about a backend while it had that health, and returns the flip, if operators should know of one.
     *
     * @param began when what gave the evidence began; an attempt that hung since before the backend recovered says nothing
     *     about the backend as it is now
     */
    private synchronized @Nullable Flip move(
            Backend backend, Health held, Evidence evidence, String detail, Instant began) {
        Member member = member(backend);
        if (member == null) {
            tracks.remove(backend);
            return null;
        }
        HealthTrack before = tracks.computeIfAbsent(backend, b -> HealthTrack.of(member.health(), member.since()));
        if (before.health() != held || began.isBefore(before.since().truncatedTo(ChronoUnit.MILLIS))) {
            return null;
        }
        Instant now = clock.instant();
        HealthTrack after = before.after(evidence, settings.get(), now);
        if (after.ejected() && !before.ejected() && !mayEjectOneMore()) {
            after = before.inDoubt();
        }
        if (evidence == Evidence.PROBE_PASSED
                && after.health() == Health.DEGRADED
                && !pool.snapshot().anyHealthy()) {
            after = after.revived(now);
        }
        tracks.put(backend, after);
        boolean firstFailure = before.rise() == 0 && after.rise() > 0;
        boolean changes = after.health() != before.health();
        if (!changes && !firstFailure && after.silent() == before.silent()) {
            return null;
        }
        String cause = cause(before, evidence, detail);
        if (pool.report(backend, after.health(), cause, after.silent())) {
            for (HealthObserver observer : observers) {
                observer.flipped(backend, after.health(), evidence.label(), after.ejected());
            }
        }
        if (changes && !pool.snapshot().anyHealthy()) {
            after = forgiveAll(backend, after);
        }
        return changes || firstFailure
                ? new Flip(backend, before, after, Duration.between(before.since(), now), cause)
                : null;
    }

    /**
     * No backend is healthy any more: from now on a good probe is enough for each, since to wait for more would leave clients with none.
     *
     * @return the track of the backend that was the last
     */
    private HealthTrack forgiveAll(Backend last, HealthTrack lastTrack) {
        tracks.replaceAll((backend, track) -> track.forgiven());
        HealthTrack forgiven = tracks.get(last);
        return forgiven == null ? lastTrack : forgiven;
    }

    private boolean silent(Backend backend) {
        HealthTrack track = tracks.get(backend);
        return track != null && track.silent();
    }

    /**
     * Whether live traffic may eject one more: never more than half of those that pass their probes. Requests may be at
     * fault themselves, and then every backend fails them.
     */
    private boolean mayEjectOneMore() {
        int fit = 0;
        int ejected = 0;
        for (Member member : pool.snapshot().members()) {
            HealthTrack track = tracks.get(member.backend());
            boolean out = track != null && track.ejected();
            ejected += out ? 1 : 0;
            fit += out || member.healthy() ? 1 : 0;
        }
        return 2 * (ejected + 1) <= fit;
    }

    private boolean doubted(Backend backend) {
        HealthTrack track = tracks.get(backend);
        return track != null && track.doubted();
    }

    private @Nullable Member member(Backend backend) {
        for (Member member : pool.snapshot().watched()) {
            if (member.backend() == backend) {
                return member;
            }
        }
        return null;
    }

    private static String cause(HealthTrack before, Evidence evidence, String detail) {
        int probes = before.probes() + 1;
        return switch (evidence) {
            case PROBE_PASSED ->
                probes == 1 ? "probe answered " + detail : probes + " good probes in a row, the last " + detail;
            case PROBE_FAILED, PROBE_SILENT ->
                probes == 1 ? "probe failed: " + detail : probes + " probes failed in a row, the last: " + detail;
            case GATEWAY_ERROR, LONE_GATEWAY_ERROR, CONTRADICTED ->
                HealthTrack.GATEWAY_ERRORS + " gateway errors in a row, the last: " + detail;
            case PROBE_DRAINING, BROKEN, OUTLIER, SUSPECT, ANSWERED, NONE -> detail;
        };
    }

    private static String words(Outcome outcome) {
        if (outcome instanceof Answered answered) {
            return answered.grpcStatus() == Answered.GRPC_UNAVAILABLE
                    ? "grpc-status " + answered.grpcStatus()
                    : Integer.toString(answered.status());
        }
        return outcome instanceof Failed failed ? failed.detail() : "";
    }

    private void log(@Nullable Flip flip) {
        if (flip != null) {
            flips.add(flip);
        }
    }
}
