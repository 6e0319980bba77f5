package dev.goaround.balance;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Eligibility;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.PickContext;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlowStartTests {

    private static final BackendSpec A = spec("http://a:1");
    private static final BackendSpec B = spec("http://b:1");
    private static final BackendSpec C = spec("http://c:1");

    private final ManualClock clock = new ManualClock();

    /**
     * Held is how many requests are always in flight: 0 is one after the other. With few of them, whole numbers are coarse.
     */
    @ParameterizedTest(name = "{0} with {1} in flight")
    @CsvSource({
        "round-robin, 0",
        "round-robin, 30",
        "least-requests, 0",
        "least-requests, 2",
        "least-requests, 6",
        "least-requests, 30",
        "least-requests, 300",
    })
    void growsLinearlyWhateverTheLoad(String policy, int held) {
        BackendPool pool = pool(policy, Duration.ofSeconds(10), A, B, C);
        comeBack(pool, 2, Duration.ofSeconds(5));
        for (int second = 1; second < 10; second++) {
            clock.advance(Duration.ofSeconds(1));
            double share = second / 10.0;
            assertThat(partOf(pool, 2, held))
                    .as("after %s s", second)
                    .isCloseTo(share / (2 + share), within(held == 2 ? 0.12 : 0.04));
        }
        clock.advance(Duration.ofSeconds(1));
        assertThat(partOf(pool, 2, held)).isCloseTo(1 / 3.0, within(0.01));
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void beginsWithATenth(String policy) {
        BackendPool pool = pool(policy, Duration.ofMinutes(1), A, B);
        comeBack(pool, 1, Duration.ofSeconds(5));

        assertThat(partOf(pool, 1, 0)).isCloseTo(0.1 / 1.1, within(0.01));
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void growsToItsWeight(String policy) {
        BackendPool pool = pool(policy, Duration.ofSeconds(10), A, spec("http://b:1", 4, 1024));
        comeBack(pool, 1, Duration.ofSeconds(5));
        clock.advance(Duration.ofSeconds(5));

        assertThat(partOf(pool, 1, 0)).isCloseTo(2 / 3.0, within(0.02));
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void holdsNobodyBackWhoIsAlone(String policy) {
        BackendPool pool = pool(policy, Duration.ofSeconds(10), A);
        comeBack(pool, 0, Duration.ofMinutes(5));

        assertThat(partOf(pool, 0, 0)).isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void treatsAlikeWhoComesBackTogether(String policy) {
        BackendPool pool = pool(policy, Duration.ofSeconds(10), A, B, C);
        comeBack(pool, 0, Duration.ofSeconds(1));
        comeBack(pool, 1, Duration.ZERO);
        comeBack(pool, 2, Duration.ZERO);

        for (int i = 0; i < 3; i++) {
            assertThat(partOf(pool, i, 0)).isCloseTo(1 / 3.0, within(0.01));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void refusesNothingThatOnlyAGrowingBackendCanTake(String policy) {
        BackendPool pool = pool(policy, Duration.ofSeconds(10), spec("http://a:1", 1, 1), B);
        Lease full = Pools.lease(pool, new PickContext(List.of(backends(pool).get(1))));
        comeBack(pool, 1, Duration.ofSeconds(1));

        for (int i = 0; i < 100; i++) {
            Lease lease = Pools.lease(pool, PickContext.FIRST);
            assertThat(lease.backend()).isSameAs(backends(pool).get(1));
            lease.end(new Answered(200));
        }
        full.end(new Answered(200));
        assertThat(Pools.lease(pool, new PickContext(List.of(backends(pool).get(0))))
                        .backend())
                .isSameAs(backends(pool).get(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void goesOnWithTheSlowStartWhenAnotherBackendChanges(String policy) {
        BackendPool pool = pool(policy, Duration.ofSeconds(10), A, B, C);
        comeBack(pool, 2, Duration.ofSeconds(1));
        clock.advance(Duration.ofSeconds(5));
        pool.report(backends(pool).get(0), Health.DEGRADED, "refused");

        assertThat(partOf(pool, 2, 0)).isCloseTo(0.5 / 1.5, within(0.02));
    }

    @ParameterizedTest(name = "slow-start {0} after an absence of {1}: {2}")
    @CsvSource({
        ",      PT59S,   1", // unset
        ",      PT1M,    1",
        ",      PT1M1S,  0.1",
        ",      PT24H,   0.1",
        "PT0S,  PT24H,   1", // off
        "PT20S, PT0.1S,  0.1", // set
        "PT20S, PT24H,   0.1",
    })
    void isGivenByTheLengthOfTheAbsence(@Nullable Duration setting, Duration absence, double share) {
        BackendPool pool = pool("round-robin", setting, A, B);
        comeBack(pool, 1, absence);

        assertThat(partOf(pool, 1, 0)).isCloseTo(share / (1 + share), within(0.01));
    }

    @Test
    void countsTheAbsenceFromTheMomentThatItGotNothingMore() {
        BackendPool pool = pool("round-robin", null, A, B);
        Backend b = backends(pool).get(1);
        pool.report(b, Health.DRAINING, "OUT_OF_SERVICE");
        clock.advance(Duration.ofSeconds(40));
        pool.report(b, Health.DEGRADED, "refused");
        clock.advance(Duration.ofSeconds(40));
        pool.report(b, Health.HEALTHY, "200");

        assertThat(b.ramp()).isNotNull();
    }

    @Test
    void isNotGivenToBackendsThatAreThereFromTheStart() {
        BackendPool pool = pool("round-robin", Duration.ofSeconds(10), A, B);

        assertThat(backends(pool))
                .allSatisfy(backend -> assertThat(backend.ramp()).isNull());
    }

    @Test
    void whoJoinsBeforeAnybodyWasProbedIsThereFromTheStart() {
        BackendPool pool = new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
        pool.replace(List.of(A));
        pool.replace(List.of(A, B));
        for (Backend backend : Pools.backends(pool)) {
            pool.report(backend, Health.HEALTHY, "probe");
            assertThat(backend.ramp()).isNull();
        }
    }

    @Test
    void isGivenToBackendsThatAreDownAtTheStartForLongAndToThoseThatJoinLater() {
        BackendPool pool =
                new BackendPool(Balancers.named("round-robin", clock).orElseThrow(), new Eligibility(0, null), clock);
        pool.replace(List.of(A, B));
        pool.report(backends(pool).get(0), Health.HEALTHY, "200");
        pool.report(backends(pool).get(1), Health.DEGRADED, "refused");
        clock.advance(Duration.ofMinutes(5));
        pool.report(backends(pool).get(1), Health.HEALTHY, "200");
        pool.replace(List.of(A, B, C));
        pool.report(backends(pool).get(2), Health.HEALTHY, "200");

        assertThat(backends(pool).get(0).ramp()).isNull();
        assertThat(backends(pool).get(1).ramp()).isNotNull();
        assertThat(backends(pool).get(2).ramp()).isNotNull();
    }

    @Test
    void isOverWhenTheClockWasSet() {
        BackendPool pool = pool("round-robin", Duration.ofSeconds(10), A, B);
        comeBack(pool, 1, Duration.ofSeconds(1));
        clock.advance(Duration.ofHours(-1));

        assertThat(partOf(pool, 1, 0)).isCloseTo(0.5, within(0.01));
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void allocatesNothing(String policy) {
        BackendPool pool = pool(policy, Duration.ofSeconds(10), A, B, C);
        comeBack(pool, 2, Duration.ofSeconds(1));
        clock.advance(Duration.ofSeconds(5));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        pick(pool, 10_000);

        long before = threads.getCurrentThreadAllocatedBytes();
        pick(pool, 10_000);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
    }

    private static void pick(BackendPool pool, int times) {
        for (int i = 0; i < times; i++) {
            Objects.requireNonNull(pool.snapshot().picker().pick(PickContext.FIRST));
        }
    }

    private BackendPool pool(String policy, @Nullable Duration slowStart, BackendSpec... specs) {
        BackendPool pool =
                new BackendPool(Balancers.named(policy, clock).orElseThrow(), new Eligibility(0, slowStart), clock);
        fill(pool, specs);
        return pool;
    }

    private void comeBack(BackendPool pool, int index, Duration absence) {
        Backend backend = backends(pool).get(index);
        pool.report(backend, Health.DEGRADED, "refused");
        clock.advance(absence);
        pool.report(backend, Health.HEALTHY, "200");
    }

    /** Which part of the next requests a backend gets, if all requests take equally long. */
    private static double partOf(BackendPool pool, int index, int held) {
        Backend backend = backends(pool).get(index);
        Deque<Lease> running = new ArrayDeque<>();
        for (int i = 0; i < 3 * held; i++) {
            next(pool, running, held);
        }
        long before = backend.requests();
        int requests = 3_000;
        for (int i = 0; i < requests; i++) {
            next(pool, running, held);
        }
        long got = backend.requests() - before;
        running.forEach(lease -> lease.end(new Answered(200)));
        return (double) got / requests;
    }

    private static void next(BackendPool pool, Deque<Lease> running, int held) {
        running.add(Pools.lease(pool, PickContext.FIRST));
        if (running.size() > held) {
            running.remove().end(new Answered(200));
        }
    }
}
