package dev.goaround.pool;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The pool of backends: who is in it, who is fit for traffic, and who is picked next.
 *
 * <p>Readers take the current {@link PoolSnapshot} and never lock; writers are rare and synchronized.
 */
public final class BackendPool {

    private final Balancer balancer;
    private final Eligibility eligibility;
    private final Clock clock;
    private final List<OutcomeObserver> observers = new CopyOnWriteArrayList<>();
    private final List<AnswerObserver> answerObservers = new CopyOnWriteArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Anyone reads; only {@link #replace} and {@link #report} write, holding this object's lock. */
    private volatile PoolSnapshot snapshot;

    /** Whether any backend has ever asked to be left alone. */
    private volatile boolean someRest;

    /** A pool in which healthy backends, and no others, get traffic. */
    public BackendPool(Balancer balancer, Clock clock) {
        this(balancer, Eligibility.HEALTHY_ONLY, clock);
    }

    public BackendPool(Balancer balancer, Eligibility eligibility, Clock clock) {
        this.balancer = balancer;
        this.eligibility = eligibility;
        this.clock = clock;
        this.snapshot = PoolSnapshot.of(List.of(), balancer, eligibility);
        balancer.joined(this);
    }

    /** Has the observer told of every attempt's end from now on. */
    public void observe(OutcomeObserver observer) {
        observers.add(observer);
    }

    /** Has the observer told of every answer's beginning from now on. */
    public void observeAnswers(AnswerObserver observer) {
        answerObservers.add(observer);
    }

    /** Has this run after every change of membership or health, by whoever made it: it must neither block nor throw. */
    public void whenChanged(Runnable listener) {
        listeners.add(listener);
    }

    /** The pool at this moment. */
    public PoolSnapshot snapshot() {
        return snapshot;
    }

    /** Makes these the backends of the pool, as {@link #update} does, of which nobody has said anything more. */
    public void replace(List<BackendSpec> specs) {
        update(specs.stream().map(spec -> Listing.of(spec, "configuration")).toList());
    }

    /**
     * Makes these the backends of the pool. One that is listed again keeps its {@link Backend}, with its counters, its
     * connections and its health, though its weight or its limit may be another; a new one is degraded until its first
     * good probe.
     */
    public synchronized void update(List<Listing> listings) {
        Map<String, Deque<Member>> known = new HashMap<>();
        for (Member member : snapshot.members()) {
            known.computeIfAbsent(member.backend().spec().identity(), key -> new ArrayDeque<>())
                    .add(member);
        }
        List<@Nullable Member> staying = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Listing listing : listings) {
            Deque<Member> same = known.get(listing.spec().identity());
            Member member = same == null ? null : same.poll();
            staying.add(member);
            if (member != null) {
                ids.add(member.backend().id());
            }
        }
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < listings.size(); i++) {
            Member member = staying.get(i);
            members.add(member == null ? joining(listings.get(i), ids) : staying(member, listings.get(i)));
        }
        snapshot = PoolSnapshot.of(members, balancer, eligibility);
        listeners.forEach(Runnable::run);
    }

    private Member staying(Member known, Listing listing) {
        known.backend().spec(listing.spec());
        return known.listed(listing, clock.instant());
    }

    private Member joining(Listing listing, Set<String> ids) {
        String id = freeId(listing.spec(), ids);
        ids.add(id);
        return Member.joining(
                new Backend(id, listing.spec(), clock),
                listing,
                clock.instant(),
                snapshot.members().isEmpty());
    }

    /**
     * Records the health of a backend and its cause. A new cause for the health that it has already is noted, but is no
     * change.
     *
     * @param cause why, in a few words
     * @return whether the health changed; false as well for a backend that has left the pool
     */
    public synchronized boolean report(Backend backend, Health health, String cause) {
        Member known = snapshot.member(backend).orElse(null);
        if (known == null) {
            return false;
        }
        boolean changes = known.health() != health;
        Instant now = clock.instant();
        List<Member> members = with(known, known.found(health, now, cause));
        if (changes) {
            backend.ramp(health == Health.HEALTHY ? eligibility.ramp(known.left(), now) : null);
        }
        // To be found ill for the first time is no change of health, but it may be the one too many.
        snapshot =
                changes || !known.probed() ? PoolSnapshot.of(members, balancer, eligibility) : snapshot.with(members);
        if (changes) {
            listeners.forEach(Runnable::run);
        }
        return changes;
    }

    private List<Member> with(Member known, Member changed) {
        return snapshot.members().stream()
                .map(member -> member.backend() == known.backend() ? changed : member)
                .toList();
    }

    /** Leaves a backend alone for so long, as it has asked for, as long as there is another one that takes requests. */
    public void rest(Backend backend, Duration length) {
        backend.rest(length);
        someRest = true;
    }

    /** Leases a backend for one attempt, or returns {@code null} if none is healthy, untried and below its limit. */
    public @Nullable Lease lease(PickContext context) {
        Lease lease = leaseOne(context);
        return lease == null && someRest && !context.restingToo() ? leaseOne(context.withResting()) : lease;
    }

    private @Nullable Lease leaseOne(PickContext context) {
        PoolSnapshot now = snapshot;
        Backend stuckTo = context.stuckTo();
        if (stuckTo != null && now.keeps(stuckTo) && context.allows(stuckTo) && stuckTo.tryAcquire()) {
            return new Lease(stuckTo, clock.millis(), this);
        }
        Backend backend = now.picker().pick(context);
        // A pick may lose the race for a backend's last place; then the backend is full and the next pick passes it
        // over.
        while (backend != null && !backend.tryAcquire()) {
            backend = now.picker().pick(context);
        }
        return backend == null ? null : new Lease(backend, clock.millis(), this);
    }

    void answered(Backend backend, int status, long nanos) {
        for (AnswerObserver observer : answerObservers) {
            observer.answered(backend, status, nanos);
        }
    }

    void ended(Backend backend, Outcome outcome, long began) {
        for (OutcomeObserver observer : observers) {
            observer.ended(backend, outcome, began);
        }
    }

    /** Host and port, then what the path adds; a number where two would still be the same. */
    private static String freeId(BackendSpec spec, Set<String> taken) {
        String name = (spec.host() + "-" + spec.port() + spec.basePath())
                .replaceAll("[^A-Za-z0-9.]+", "-")
                .replaceAll("^-|-$", "");
        String id = name;
        for (int i = 2; taken.contains(id); i++) {
            id = name + "-" + i;
        }
        return id;
    }
}
