package dev.goaround.pool;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The pool of backends: who is in it, who is fit for traffic, and who is picked next.
 *
 * <p>Readers take the current {@link PoolSnapshot} and never lock; writers are rare and synchronized.
 */
public final class BackendPool {

    static final String NOT_PROBED = "not probed yet";

    private final Balancer balancer;
    private final Clock clock;
    private final List<OutcomeObserver> observers = new CopyOnWriteArrayList<>();

    /** Anyone reads; only {@link #replace} and {@link #report} write, holding this object's lock. */
    private volatile PoolSnapshot snapshot;

    public BackendPool(Balancer balancer, Clock clock) {
        this.balancer = balancer;
        this.clock = clock;
        this.snapshot = PoolSnapshot.of(List.of(), balancer);
    }

    /** Has the observer told of every attempt's end from now on. */
    public void observe(OutcomeObserver observer) {
        observers.add(observer);
    }

    /** The pool at this moment. */
    public PoolSnapshot snapshot() {
        return snapshot;
    }

    /**
     * Makes these the backends of the pool. One whose spec stays the same keeps its {@link Backend}, with its counters
     * and health; a new one is degraded until its first good probe.
     */
    public synchronized void replace(List<BackendSpec> specs) {
        List<Member> before = snapshot.members();
        Set<String> ids = new HashSet<>();
        List<Member> members = new ArrayList<>();
        for (BackendSpec spec : specs) {
            Member member = before.stream()
                    .filter(known -> known.backend().spec().equals(spec))
                    .findFirst()
                    .orElseGet(() -> new Member(
                            new Backend(freeId(spec, ids), spec), Health.DEGRADED, clock.instant(), NOT_PROBED));
            ids.add(member.backend().id());
            members.add(member);
        }
        snapshot = PoolSnapshot.of(members, balancer);
    }

    /**
     * Records the health of a backend.
     *
     * @param cause why, in a few words
     * @return whether that changed it; false as well for a backend that has left the pool
     */
    public synchronized boolean report(Backend backend, Health health, String cause) {
        Member known = snapshot.member(backend).orElse(null);
        if (known == null || known.health() == health) {
            return false;
        }
        Member changed = new Member(backend, health, clock.instant(), cause);
        snapshot = PoolSnapshot.of(
                snapshot.members().stream()
                        .map(member -> member.equals(known) ? changed : member)
                        .toList(),
                balancer);
        return true;
    }

    /** Leases a backend for one attempt, or returns {@code null} if none is healthy, untried and below its limit. */
    public @Nullable Lease lease(PickContext context) {
        PoolSnapshot now = snapshot;
        Backend backend = now.picker().pick(context);
        // A pick may lose the race for a backend's last place; then the backend is full and the next pick passes it
        // over.
        while (backend != null && !backend.tryAcquire()) {
            backend = now.picker().pick(context);
        }
        return backend == null ? null : new Lease(backend, this::ended);
    }

    private void ended(Backend backend, Outcome outcome) {
        for (OutcomeObserver observer : observers) {
            observer.ended(backend, outcome);
        }
    }

    /** Host and port, then what the path adds; a number where two would still be the same. */
    private static String freeId(BackendSpec spec, Set<String> taken) {
        String name = (spec.uri().getHost() + "-" + spec.port() + spec.basePath())
                .replaceAll("[^A-Za-z0-9.]+", "-")
                .replaceAll("^-|-$", "");
        String id = name;
        for (int i = 2; taken.contains(id); i++) {
            id = name + "-" + i;
        }
        return id;
    }
}
