package dev.goaround.pool;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The pool of backends: who is in it, who is fit for traffic, and who is picked next.
 *
 * <p>Readers take the current {@link PoolSnapshot} and never lock; writers are rare and synchronized.
 */
public final class BackendPool {

    /** Guarded by this object's lock, as {@link #eligibility}. */
    private Balancer balancer;

    private Eligibility eligibility;
    private final Clock clock;
    private final Counters counters = new Counters();
    private final List<OutcomeObserver> observers = new CopyOnWriteArrayList<>();
    private final List<AnswerObserver> answerObservers = new CopyOnWriteArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Anyone reads; only {@link #update}, {@link #balance}, {@link #forget} and {@link #report} write, holding this object's lock. */
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
        this.snapshot = PoolSnapshot.of(List.of(), List.of(), balancer, eligibility, clock.instant());
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

    /** Has neither this observer of attempts' ends nor this one of answers told of anything any more. */
    public void unobserve(OutcomeObserver ends, AnswerObserver answers) {
        observers.remove(ends);
        answerObservers.remove(answers);
    }

    /** No longer runs this after changes. */
    public void unlisten(Runnable listener) {
        listeners.remove(listener);
    }

    /**
     * Balances so from now on. Backends, their counters and their health stay as they are.
     *
     * @param next may be the one that is in use already, which then keeps what it has learned
     */
    public synchronized void balance(Balancer next, Eligibility among) {
        Balancer before = balancer;
        if (next != before) {
            next.joined(this);
        }
        balancer = next;
        eligibility = among;
        publish(snapshot.members(), snapshot.leaving());
        if (next != before) {
            before.left(this);
        }
        listeners.forEach(Runnable::run);
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
     * good probe. One that is not listed any more leaves: it gets nothing new, and is a {@link Leaver} until it is
     * {@linkplain #forget forgotten}, or listed again.
     *
     * <p>Where none that stays is fit for traffic, those that leave go on getting it until the first of those that come is.
     */
    public synchronized void update(List<Listing> listings) {
        Instant now = clock.instant();
        Arrivals arrivals = Arrivals.of(listings, snapshot);
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < listings.size(); i++) {
            Listing listing = listings.get(i);
            Member known = arrivals.known().get(i);
            members.add(known == null ? joining(listing, arrivals.ids().get(i), now) : staying(known, listing, now));
        }
        publish(members, leaving(members, now));
        listeners.forEach(Runnable::run);
    }

    /** The ids that the backends would have if they were the pool's. */
    public synchronized List<String> ids(List<Listing> listings) {
        return Arrivals.of(listings, snapshot).ids();
    }

    private void publish(List<Member> members, List<Leaver> leaving) {
        snapshot = PoolSnapshot.of(members, leaving, balancer, eligibility, clock.instant());
    }

    /** Those that have left, before now or now, and are not among these members again. */
    private List<Leaver> leaving(List<Member> members, Instant now) {
        Set<Backend> staying = new HashSet<>();
        members.forEach(member -> staying.add(member.backend()));
        Set<Backend> eligible = new HashSet<>(snapshot.eligible());
        Stream<Leaver> leavers =
                snapshot.members().stream().map(member -> new Leaver(member, now, eligible.contains(member.backend())));
        return Stream.concat(snapshot.leaving().stream(), leavers)
                .filter(leaver -> !staying.contains(leaver.backend()))
                .toList();
    }

    private static Member staying(Member known, Listing listing, Instant now) {
        known.backend().spec(listing.spec());
        return known.listed(listing, now);
    }

    private Member joining(Listing listing, String id, Instant now) {
        return Member.joining(
                new Backend(id, listing.spec(), clock, counters),
                listing,
                now,
                snapshot.members().stream().noneMatch(Member::probed));
    }

    /**
     * Forgets a backend that has left, which has finished or is to be cut off: nobody gets a lease of it any more.
     *
     * @return whether that is so; false if it is back
     */
    public synchronized boolean forget(Backend backend) {
        List<Leaver> leaving = snapshot.leaving().stream()
                .filter(leaver -> leaver.backend() != backend)
                .toList();
        if (leaving.size() == snapshot.leaving().size()) {
            return false;
        }
        backend.leave();
        if (snapshot.eligible().contains(backend)) {
            publish(snapshot.members(), leaving);
        } else {
            snapshot = snapshot.with(snapshot.members(), leaving);
        }
        listeners.forEach(Runnable::run);
        return true;
    }

    /**
     * Records the health of a backend and its cause. A new cause for the health that it has already is noted, but is no
     * change.
     *
     * @param cause why, in a few words
     * @return whether the health changed; false as well for a backend that has left the pool
     */
    public boolean report(Backend backend, Health health, String cause) {
        return report(backend, health, cause, false);
    }

    /**
     * As {@link #report(Backend, Health, String)}.
     *
     * @param silent whether all that speaks against the backend is that it has not responded in time: then it is better than none
     */
    public synchronized boolean report(Backend backend, Health health, String cause, boolean silent) {
        Member known = snapshot.watched(backend).orElse(null);
        if (known == null) {
            return false;
        }
        boolean changes = known.health() != health;
        Instant now = clock.instant();
        Member changed = known.found(health, now, cause, silent);
        List<Member> members = snapshot.members().stream()
                .map(member -> member.backend() == backend ? changed : member)
                .toList();
        List<Leaver> leaving = snapshot.leaving().stream()
                .map(leaver -> leaver.backend() == backend ? leaver.found(changed) : leaver)
                .toList();
        if (changes) {
            backend.ramp(health == Health.HEALTHY ? eligibility.ramp(known.left(), now) : null);
        }
        // Not to be healthy at the first probe, or to fall silent, is no change of health, but it may change who is
        // eligible.
        if (changes || !known.probed() || known.silent() != silent) {
            publish(members, leaving);
        } else {
            snapshot = snapshot.with(members, leaving);
        }
        if (changes) {
            listeners.forEach(Runnable::run);
        }
        return changes;
    }

    /**
     * Leaves a backend alone for so long, as it has asked for, as long as there is another one that takes requests.
     *
     * @param path of the request that it asked at. The rest is for that path alone, or a client could take the backend away from others
     */
    public void rest(Backend backend, String path, Duration length) {
        backend.rest(path, length);
        someRest = true;
    }

    /** Whether any backend has ever asked to be left alone. */
    public boolean someRest() {
        return someRest;
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
            return new Lease(stuckTo, clock.millis(), true, this);
        }
        Backend backend = now.picker().pick(context);
        // A pick may lose the race for a backend's last place; then the backend is full and the next pick passes it
        // over.
        while (backend != null && !backend.tryAcquire()) {
            backend = now.picker().pick(context);
        }
        return backend == null ? null : new Lease(backend, clock.millis(), context.chosen(), this);
    }

    void answered(Backend backend, int status, long nanos) {
        for (AnswerObserver observer : answerObservers) {
            observer.answered(backend, status, nanos);
        }
    }

    void ended(Backend backend, Outcome outcome, long began, boolean chosen) {
        for (OutcomeObserver observer : observers) {
            observer.ended(backend, outcome, began, chosen);
        }
    }

    void contradicted(Backend backend, Outcome outcome, long began) {
        for (OutcomeObserver observer : observers) {
            observer.contradicted(backend, outcome, began);
        }
    }
}
