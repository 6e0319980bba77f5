package dev.goaround.health;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Health;
import dev.goaround.pool.Member;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Probes the backends, each when it is due, side by side, though not very many in the same instant: who asks a thousand at once is
 * too busy to hear them all in time.
 *
 * <p>Something outside calls {@link #round} every now and then, more often than probes are due. Thread-safe; nothing
 * blocks, and no backend is ever probed twice at once.
 */
public final class HealthChecker {

    private static final Logger LOG = LoggerFactory.getLogger(HealthChecker.class);

    /** A probe bounds itself; should one forget to, its backend is not to go unwatched for ever. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    /** How many are asked in the same instant. */
    private static final int AT_ONCE = 64;

    /** In how many rounds all have their turn, if they are so many that it takes more than one. */
    private static final int ROUNDS = 5;

    private final BackendPool pool;
    private final Probe probe;
    private final HealthMonitor monitor;
    private final ProbeSchedule schedule;

    /** Anyone reads; only rounds, which hold this object's lock, add and remove. */
    private final Map<Backend, Slot> slots = new ConcurrentHashMap<>();

    /** With whom the next round begins: where more are due than have their turn in one, nobody is left out for ever. */
    private int turn;

    public HealthChecker(BackendPool pool, Probe probe, HealthMonitor monitor, ProbeSchedule schedule) {
        this.pool = pool;
        this.probe = probe;
        this.monitor = monitor;
        this.schedule = schedule;
        monitor.whenInDoubt(this::confirm);
    }

    /** Starts the probes that are due and returns without waiting for them. Never throws. */
    public synchronized void round() {
        List<Member> members = pool.snapshot().watched();
        Instant now = schedule.now();
        int first = turn;
        int left = Math.max(AT_ONCE, members.size() / ROUNDS);
        for (int i = 0; i < members.size() && left > 0; i++) {
            int index = Math.floorMod(first + i, members.size());
            Member member = members.get(index);
            Slot slot = slot(member);
            if (slot.underWay == null && due(slot, member, now)) {
                start(slot, member);
                left--;
                turn = index + 1;
            }
        }
        forgetAllBut(members);
    }

    /**
     * Probes every backend once, at most {@value #AT_ONCE} at the same time; completes when all have a result, or when the probe
     * time-out is over, {@value #ROUNDS} times if they are more.
     */
    public Mono<Void> firstRound() {
        return Mono.defer(() -> {
            List<Member> members = pool.snapshot().watched();
            Duration longest = schedule.timeout().multipliedBy(members.size() > AT_ONCE ? ROUNDS : 1);
            return Flux.fromIterable(members)
                    .flatMap(this::probing, AT_ONCE)
                    .then()
                    .timeout(longest, Mono.empty());
        });
    }

    /** How the latest probe of a backend ended; empty until one has. */
    public Optional<ProbeResult> lastProbe(Backend backend) {
        Slot slot = slots.get(backend);
        return slot == null ? Optional.empty() : Optional.ofNullable(slot.last);
    }

    /**
     * Probes a backend that live traffic speaks against, now and not when it is due; but if that was done less than an
     * interval of degraded backends ago, then as soon as that is over, since failing requests may come in thousands.
     */
    private synchronized void confirm(Backend backend) {
        for (Member member : pool.snapshot().watched()) {
            if (member.backend() == backend) {
                Slot slot = slot(member);
                Instant now = schedule.now();
                Instant earliest = schedule.afterConfirmation(slot.confirmed);
                boolean justDone = now.isBefore(earliest) && !now.isBefore(slot.confirmed);
                if (slot.underWay == null && justDone) {
                    slot.hasten(earliest);
                } else if (slot.underWay == null) {
                    slot.confirmed = now;
                    start(slot, member);
                }
                return;
            }
        }
    }

    /** Has a backend that is still in use after a failed probe probed again soon. */
    private synchronized void doubt(Slot slot) {
        if (slot.health == Health.HEALTHY) {
            slot.hasten(schedule.doubted(schedule.now()));
        }
    }

    /** The probe of a backend that is under way, or one that is started. */
    private synchronized Mono<ProbeResult> probing(Member member) {
        Slot slot = slot(member);
        Mono<ProbeResult> underWay = slot.underWay;
        return underWay == null ? start(slot, member) : underWay;
    }

    /** Forgets what is known of backends that have left. Looking at the numbers first makes a round that finds none cheap. */
    private void forgetAllBut(List<Member> members) {
        if (slots.size() > members.size()) {
            Set<Backend> backends = members.stream().map(Member::backend).collect(Collectors.toSet());
            slots.keySet().retainAll(backends);
            monitor.keepOnly(backends);
        }
    }

    private Slot slot(Member member) {
        return slots.computeIfAbsent(member.backend(), backend -> new Slot(member, schedule.now()));
    }

    private boolean due(Slot slot, Member member, Instant now) {
        if (!slot.plannedFor(member)) {
            // It flipped: the interval of its new health counts from there.
            slot.plan(
                    member,
                    member.health() == Health.HEALTHY
                            ? schedule.spread(member.since(), Health.HEALTHY)
                            : schedule.after(member.since(), member.health()));
        }
        if (schedule.tooFarOff(slot.due, now, member.health())) {
            slot.plan(member, schedule.after(now, member.health()));
        }
        return !now.isBefore(slot.due);
    }

    /** Starts a probe on its own: it goes on whether or not anyone waits for it, and ends by its time-out. */
    private Mono<ProbeResult> start(Slot slot, Member member) {
        Instant now = schedule.now();
        slot.plan(
                member,
                slot.last == null ? schedule.spread(now, member.health()) : schedule.after(now, member.health()));
        Mono<ProbeResult> probing = Mono.defer(() -> probe.probe(member.backend()))
                .timeout(schedule.timeout().plus(GRACE))
                .onErrorResume(error -> Mono.just(broken(error, now)))
                .doOnNext(result -> {
                    slot.last = result;
                    if (!result.passed()) {
                        doubt(slot);
                    }
                    monitor.probed(member, result);
                })
                .doOnTerminate(() -> slot.underWay = null)
                .cache();
        slot.underWay = probing;
        probing.subscribe(
                result -> LOG.debug("probe of backend {}: {}", member.backend(), result),
                error -> LOG.error("result of a probe of backend {} was lost", member.backend(), error));
        return probing;
    }

    /** The result of a probe that broke its promise never to fail. */
    private ProbeResult broken(Throwable error, Instant start) {
        String detail = error instanceof TimeoutException
                ? "timed out"
                : "no result: " + error.getClass().getSimpleName();
        return new ProbeResult(
                ProbeResult.Verdict.FAILED,
                detail,
                Duration.between(start, schedule.now()),
                start,
                error instanceof TimeoutException);
    }

    /** What is known of the probes of one backend. */
    private static final class Slot {

        /** Rounds set it; whoever ends the probe clears it. */
        private volatile @Nullable Mono<ProbeResult> underWay;

        /** Written by whoever ends a probe. */
        private volatile @Nullable ProbeResult last;

        // Used under the lock of the checker only.
        private Instant due;
        private Health health;
        private Instant since;

        /** When the backend was last probed because of a doubt. */
        private Instant confirmed = Instant.EPOCH;

        Slot(Member member, Instant due) {
            this.due = due;
            this.health = member.health();
            this.since = member.since();
        }

        void plan(Member member, Instant due) {
            this.due = due;
            this.health = member.health();
            this.since = member.since();
        }

        void hasten(Instant earlier) {
            due = earlier.isBefore(due) ? earlier : due;
        }

        boolean plannedFor(Member member) {
            return health == member.health() && since.equals(member.since());
        }
    }
}
