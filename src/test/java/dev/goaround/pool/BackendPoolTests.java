package dev.goaround.pool;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.backup;
import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Cancelled;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Patience;
import dev.goaround.testing.Pools;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackendPoolTests {

    private static final Outcome OK = new Answered(200);

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);

    @Test
    void tellsObserversHowLongAnswersTook() {
        BackendPool pool = new BackendPool(eligible -> context -> eligible.get(0), new ManualClock());
        Backend backend = Pools.fill(pool, Pools.spec("http://a:1")).get(0);
        List<String> told = new ArrayList<>();
        pool.observeAnswers((who, status, nanos) -> told.add(who + " " + status + " " + nanos));

        Pools.lease(pool, PickContext.FIRST).answered(404, 1_500);

        assertThat(told).containsExactly(backend.id() + " 404 1500");
    }

    @Test
    void leasesNothingWhileEmpty() {
        assertThat(pool.snapshot().members()).isEmpty();
        assertThat(pool.snapshot().anyHealthy()).isFalse();
        assertThat(pool.lease(PickContext.FIRST)).isNull();
    }

    @Test
    void givesNoTrafficToABackendBeforeItsFirstGoodReport() {
        pool.replace(List.of(spec("http://a:1")));

        assertThat(member("a-1").health()).isEqualTo(Health.DEGRADED);
        assertThat(member("a-1").cause()).isEqualTo("not probed yet");
        assertThat(pool.lease(PickContext.FIRST)).isNull();

        Backend a = backends(pool).get(0);
        assertThat(pool.report(a, Health.HEALTHY, "probe")).isTrue();
        assertThat(lease().backend()).isSameAs(a);
    }

    @Test
    void namesBackendsByHostPortAndPath() {
        pool.replace(List.of(
                spec("http://localhost:9000"), spec("https://app.internal/base/"), spec("http://[::1]:80/x_y/z")));

        assertThat(ids()).containsExactly("localhost-9000", "app.internal-443-base", "1-80-x-y-z");
    }

    @Test
    void numbersBackendsWhoseNamesWouldBeTheSame() {
        pool.replace(List.of(spec("http://a:1/x-y"), spec("http://a:1/x/y"), spec("http://a:1/x_y")));

        assertThat(ids()).containsExactly("a-1-x-y", "a-1-x-y-2", "a-1-x-y-3");
    }

    @Test
    void neverGivesANewBackendTheIdOfOneThatStaysBehindIt() {
        pool.replace(List.of(spec("http://a:1/x-y")));
        pool.replace(List.of(spec("http://a:1/x/y"), spec("http://a:1/x-y")));

        assertThat(ids()).containsExactly("a-1-x-y-2", "a-1-x-y");
    }

    @Test
    void keepsEqualSpecsApartWhenTheyStay() {
        pool.replace(List.of(spec("http://a:1"), spec("http://a:1")));
        List<Backend> before = backends(pool);
        pool.replace(List.of(spec("http://a:1"), spec("http://a:1")));

        assertThat(backends(pool)).isEqualTo(before).doesNotHaveDuplicates();
    }

    @Test
    void keepsCountersAndHealthOfBackendsThatStay() {
        fill(pool, spec("http://a:1"), spec("http://b:1"));
        Instant then = clock.instant();
        Lease held = lease();
        lease().end(new Answered(502));
        clock.advance(Duration.ofMinutes(1));

        pool.replace(List.of(spec("http://b:1"), spec("http://c:1"), spec("http://a:1")));

        assertThat(ids()).containsExactly("b-1", "c-1", "a-1");
        assertThat(member("a-1").backend()).isSameAs(held.backend());
        assertThat(held.backend().inFlight()).isOne();
        assertThat(member("a-1").health()).isEqualTo(Health.HEALTHY);
        assertThat(member("a-1").since()).isEqualTo(then);
        assertThat(member("b-1").backend().requests()).isOne();
        assertThat(member("b-1").backend().failures()).isOne();
        assertThat(member("c-1").health()).isEqualTo(Health.DEGRADED);
        assertThat(member("c-1").since()).isEqualTo(clock.instant());
    }

    @Test
    void keepsABackendWhoseWeightAndLimitChange() {
        Backend before = fill(pool, spec("http://a:1")).get(0);
        Lease held = lease();

        pool.replace(List.of(spec("http://A:1/", 3, 2)));

        assertThat(backends(pool)).containsExactly(before);
        assertThat(before.spec().weight()).isEqualTo(3);
        assertThat(before.limit()).isEqualTo(2);
        assertThat(held.backend().inFlight()).isOne();
        assertThat(member("a-1").health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void takesABackendInAnotherProtocolForAnother() {
        Backend before = fill(pool, spec("http://a:1")).get(0);

        pool.replace(
                List.of(new BackendSpec(URI.create("http://a:1"), 1, MaxConnections.valueOf(9), false, Protocol.H2C)));

        assertThat(backends(pool)).doesNotContain(before);
    }

    @Test
    void leavesLeasesOnARemovedBackendToEndInPeace() {
        Backend gone = fill(pool, spec("http://a:1")).get(0);
        Lease lease = lease();
        pool.replace(List.of());
        lease.end(OK);

        assertThat(gone.inFlight()).isZero();
        assertThat(pool.report(gone, Health.DEGRADED, "late")).isFalse();
        assertThat(pool.snapshot().members()).isEmpty();
    }

    @Test
    void reportsOnlyChangesAsChanges() {
        pool.replace(List.of(spec("http://a:1"), spec("http://b:1")));
        Backend b = backends(pool).get(1);
        clock.advance(Duration.ofSeconds(3));

        assertThat(pool.report(b, Health.HEALTHY, "probe answered 200")).isTrue();
        assertThat(pool.report(b, Health.HEALTHY, "probe answered 200")).isFalse();

        assertThat(member("b-1").since()).isEqualTo(clock.instant());
        assertThat(member("b-1").cause()).isEqualTo("probe answered 200");
        assertThat(member("a-1").health()).isEqualTo(Health.DEGRADED);
        assertThat(pool.snapshot().anyHealthy()).isTrue();
    }

    @Test
    void takesANewCauseWithoutMovingTimeOrRotation() {
        Backend a = fill(pool, spec("http://a:1"), spec("http://b:1")).get(0);
        Instant then = clock.instant();
        Balancer.Picker picker = pool.snapshot().picker();
        clock.advance(Duration.ofSeconds(3));

        assertThat(pool.report(a, Health.HEALTHY, "another")).isFalse();

        assertThat(member("a-1").cause()).isEqualTo("another");
        assertThat(member("a-1").since()).isEqualTo(then);
        assertThat(pool.snapshot().picker()).isSameAs(picker);
    }

    @Test
    void letsGoOfABalancerThatItUsesNoLonger() {
        List<String> events = new ArrayList<>();
        Balancer next = balancer("next", events);
        pool.balance(next, Eligibility.HEALTHY_ONLY);
        pool.balance(next, new Eligibility(50, null));
        assertThat(events).containsExactly("next joined");
        pool.balance(balancer("last", events), Eligibility.HEALTHY_ONLY);
        assertThat(events).containsExactly("next joined", "last joined", "next left");
    }

    private static Balancer balancer(String name, List<String> events) {
        return new Balancer() {
            @Override
            public Picker over(List<Backend> eligible) {
                return context -> eligible.get(0);
            }

            @Override
            public void joined(BackendPool pool) {
                events.add(name + " joined");
            }

            @Override
            public void left(BackendPool pool) {
                events.add(name + " left");
            }
        };
    }

    @Test
    void usesBackupsOnlyWhileNoOtherIsHealthy() {
        List<Backend> backends = fill(pool, spec("http://a:1"), backup("http://spare:1"), spec("http://b:1"));
        assertThat(picks(4)).containsExactly("a-1", "b-1", "a-1", "b-1");

        pool.report(backends.get(0), Health.DEGRADED, "test");
        assertThat(picks(2)).containsExactly("b-1", "b-1");

        pool.report(backends.get(2), Health.DEGRADED, "test");
        assertThat(picks(2)).containsExactly("spare-1", "spare-1");

        pool.report(backends.get(0), Health.HEALTHY, "test");
        assertThat(picks(2)).containsExactly("a-1", "a-1");
    }

    @Test
    void letsADrainingBackendFinishAndGivesItNothingNew() {
        Backend a = fill(pool, spec("http://a:1"), spec("http://b:1")).get(0);
        Lease running = Pools.lease(pool, new PickContext(List.of(backends(pool).get(1))));

        assertThat(pool.report(a, Health.DRAINING, "OUT_OF_SERVICE")).isTrue();
        assertThat(picks(3)).containsOnly("b-1");
        assertThat(a.inFlight()).isOne();
        running.end(OK);
        assertThat(a.inFlight()).isZero();

        pool.report(backends(pool).get(1), Health.DRAINING, "OUT_OF_SERVICE");
        assertThat(pool.snapshot().anyHealthy()).isFalse();
        assertThat(pool.lease(PickContext.FIRST)).isNull();
    }

    @Test
    void doesNotFallBackToABackupBecauseTheOthersAreFullOrTried() {
        Backend a =
                fill(pool, spec("http://a:1", 1, 1), backup("http://spare:1")).get(0);
        assertThat(pool.lease(new PickContext(List.of(a)))).isNull();

        lease();
        assertThat(pool.lease(PickContext.FIRST)).isNull();
    }

    @Test
    void passesOverFullAndTriedBackends() {
        List<Backend> backends = fill(pool, spec("http://a:1", 1, 1), spec("http://b:1"), spec("http://c:1"));
        Lease onA = Pools.lease(pool, new PickContext(List.of(backends.get(1), backends.get(2))));

        assertThat(picks(4)).doesNotContain("a-1");
        assertThat(pool.lease(new PickContext(backends.subList(1, 3)))).isNull();
        assertThat(pool.lease(new PickContext(backends))).isNull();

        onA.end(OK);
        assertThat(picks(3)).contains("a-1");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void refusesALeaseBeyondTheLimitUntilOneEnds(int limit) {
        fill(pool, spec("http://a:1", 1, limit));
        List<Lease> held = Stream.generate(this::lease).limit(limit).toList();
        assertThat(pool.lease(PickContext.FIRST)).isNull();

        held.get(0).end(OK);
        assertThat(lease().backend().inFlight()).isEqualTo(limit);
    }

    @Test
    void endsALeaseOnceWhoeverComesFirst() {
        Backend a = fill(pool, spec("http://a:1")).get(0);
        List<Outcome> seen = new ArrayList<>();
        pool.observe((backend, outcome, began) -> {
            assertThat(backend).isSameAs(a);
            assertThat(backend.inFlight()).isZero();
            seen.add(outcome);
        });

        Lease lease = lease();
        assertThat(a.inFlight()).isOne();
        lease.end(new Cancelled());
        lease.end(new Answered(503));

        assertThat(a.inFlight()).isZero();
        assertThat(a.requests()).isOne();
        assertThat(a.failures()).isZero();
        assertThat(seen).containsExactly(new Cancelled());
    }

    @Test
    void countsAsFailuresWhatTheBackendFailed() {
        Backend a = fill(pool, spec("http://a:1")).get(0);
        lease().end(OK);
        lease().end(new Answered(500));
        lease().end(new Cancelled());
        lease().end(new Failed(Phase.WAIT, Kind.CLOSED, "stale", true, true));
        assertThat(a.failures()).isZero();

        lease().end(new Answered(504));
        lease().end(new Failed(Phase.WAIT, Kind.CLOSED, "closed", false, true));
        lease().end(new Failed(Phase.BODY, Kind.CLOSED, "closed", true, true));
        assertThat(a.failures()).isEqualTo(3);
        assertThat(a.requests()).isEqualTo(7);
    }

    @Test
    void neverExceedsALimitHoweverManyThreadsRace() throws Exception {
        int limit = 3;
        List<Backend> backends = fill(pool, spec("http://a:1", 1, limit), spec("http://b:1", 2, limit));
        AtomicInteger most = new AtomicInteger();
        AtomicInteger leased = new AtomicInteger();

        inParallel(8, () -> {
            for (int i = 0; i < 5_000; i++) {
                @Nullable Lease lease = pool.lease(PickContext.FIRST);
                if (lease != null) {
                    leased.incrementAndGet();
                    most.accumulateAndGet(lease.backend().inFlight(), Math::max);
                    lease.end(OK);
                }
            }
            return null;
        });

        assertThat(most.get()).isBetween(1, limit);
        assertThat(backends)
                .allSatisfy(backend -> assertThat(backend.inFlight()).isZero());
        assertThat(backends.stream().mapToLong(Backend::requests).sum()).isEqualTo(leased.get());
    }

    @Test
    void findsTheFreeBackendHoweverManyThreadsPickAtOnce() throws Exception {
        // a is full for good and b never is, so a lease that comes back empty was lost to another thread's turn.
        fill(pool, spec("http://a:1", 1, 1), spec("http://b:1", 1, 1024));
        assertThat(lease().backend().id()).isEqualTo("a-1");

        inParallel(8, () -> {
            for (int i = 0; i < 20_000; i++) {
                lease().end(OK);
            }
            return null;
        });
    }

    @Test
    void endsALeaseOnceHoweverManyThreadsRace() throws Exception {
        Backend a = fill(pool, spec("http://a:1")).get(0);
        for (int i = 0; i < 200; i++) {
            Lease lease = lease();
            inParallel(4, () -> {
                lease.end(new Answered(502));
                return null;
            });
        }

        assertThat(a.inFlight()).isZero();
        assertThat(a.failures()).isEqualTo(200);
    }

    @Test
    void staysConsistentWhileMembershipAndHealthChangeUnderTraffic() {
        assertThatCode(() -> inParallel(4, () -> {
                    for (int i = 0; i < 500; i++) {
                        List<Backend> backends = fill(pool, spec("http://a:1"), spec("http://b:1"));
                        pool.report(backends.get(i % 2), Health.DEGRADED, "test");
                        Lease lease = pool.lease(PickContext.FIRST);
                        if (lease != null) {
                            lease.end(OK);
                        }
                        assertThat(ids()).doesNotHaveDuplicates();
                    }
                    return null;
                }))
                .doesNotThrowAnyException();
        assertThat(backends(pool))
                .allSatisfy(backend -> assertThat(backend.inFlight()).isZero());
    }

    private Lease lease() {
        return Pools.lease(pool, PickContext.FIRST);
    }

    private List<String> picks(int count) {
        List<String> picked = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Lease lease = lease();
            picked.add(lease.backend().id());
            lease.end(OK);
        }
        return picked;
    }

    private List<String> ids() {
        return backends(pool).stream().map(Backend::id).toList();
    }

    private Member member(String id) {
        return pool.snapshot().member(id).orElseThrow();
    }

    private static void inParallel(int threads, Callable<@Nullable Void> work) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<@Nullable Void>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                running.add(executor.submit(work));
            }
            for (Future<@Nullable Void> one : running) {
                one.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
    }
}
