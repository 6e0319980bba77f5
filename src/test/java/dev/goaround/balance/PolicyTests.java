package dev.goaround.balance;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.goaround.balance.Balancers.Means;
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
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every policy, whatever the pool. */
class PolicyTests {

    private static final long ANSWER_NANOS = 10_000_000;

    private final ManualClock clock = new ManualClock();

    /** Chooses the pool and the requests. */
    private Random random = new Random(1);

    /** Used by the policy. */
    private final Random drawn = new Random(2);

    static Stream<String> policies() {
        return Balancers.names().stream();
    }

    @ParameterizedTest
    @MethodSource("policies")
    void picksNobodyWhoIsTriedFullOrIllAndMissesNobodyWhoIsFree(String policy) {
        for (int seed = 0; seed < 200; seed++) {
            random = new Random(seed);
            BackendPool pool = pool(policy, Duration.ofSeconds(random.nextInt(20)));
            List<Backend> backends = fill(pool, randomSpecs(1 + random.nextInt(12), 4));
            List<Lease> held = new ArrayList<>();
            for (int step = 0; step < 300; step++) {
                change(pool, backends, held);
                PickContext context = context(backends.stream()
                        .filter(backend -> random.nextInt(4) == 0)
                        .toList());
                List<Backend> free = pool.snapshot().eligible().stream()
                        .filter(context::allows)
                        .toList();

                Lease lease = pool.lease(context);

                if (lease == null) {
                    assertThat(free).as("seed %s, step %s", seed, step).isEmpty();
                } else {
                    assertThat(free).as("seed %s, step %s", seed, step).contains(lease.backend());
                    held.add(lease);
                }
            }
        }
    }

    /** Something happens: time passes, a request ends, a backend fails or comes back. */
    private void change(BackendPool pool, List<Backend> backends, List<Lease> held) {
        clock.advance(Duration.ofMillis(random.nextInt(300)));
        if (!held.isEmpty() && random.nextInt(3) > 0) {
            Lease lease = held.remove(random.nextInt(held.size()));
            lease.answered(random.nextInt(5) == 0 ? 503 : 200, random.nextInt(100_000_000));
            lease.end(new Answered(200));
        }
        if (random.nextInt(10) == 0) {
            Health health = random.nextBoolean() ? Health.HEALTHY : Health.DEGRADED;
            pool.report(backends.get(random.nextInt(backends.size())), health, "test");
        }
    }

    /** One after the other, and with so many in flight that each backend has about two for each unit of its weight. */
    @ParameterizedTest
    @MethodSource("policies")
    void followsTheWeights(String policy) {
        for (int seed = 0; seed < 8; seed++) {
            random = new Random(seed);
            BackendPool pool = pool(policy, Duration.ZERO);
            List<Backend> backends = fill(pool, randomSpecs(2 + random.nextInt(6), 1024));
            int sum = backends.stream().mapToInt(each -> each.spec().weight()).sum();
            for (int inFlight : new int[] {0, 2 * sum}) {
                double[] shares = shares(pool, inFlight);
                for (int i = 0; i < shares.length; i++) {
                    assertThat(shares[i])
                            .as("seed %s, backend %s with %s in flight", seed, i, inFlight)
                            .isCloseTo((double) backends.get(i).spec().weight() / sum, within(tolerance(policy)));
                }
            }
        }
    }

    /** A ring of 256 points per backend is uneven by 1/16 of a share, times 3 for the unluckiest. */
    private static double tolerance(String policy) {
        return policy.equals("consistent-hash") ? 0.08 : 0.02;
    }

    @ParameterizedTest
    @MethodSource("policies")
    void growsLinearly(String policy) {
        BackendPool pool = pool(policy, Duration.ofSeconds(10));
        fill(pool, spec("http://a:1"), spec("http://b:1"), spec("http://c:1"));
        comeBack(pool, 2);
        for (int second = 2; second < 10; second += 2) {
            clock.advance(Duration.ofSeconds(2));
            double share = second / 10.0;
            for (int inFlight : new int[] {0, 30}) {
                // The answers of before are not forgotten while the clock of the ramp stands still.
                assertThat(shares(pool, inFlight)[2])
                        .as("after %s s with %s in flight", second, inFlight)
                        .isCloseTo(share / (2 + share), within(policy.equals("consistent-hash") ? 0.1 : 0.05));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void findsTheOneFreeBackendAmongAThousand(String policy) {
        BackendPool pool = pool(policy, Duration.ZERO);
        List<Backend> backends = fill(
                pool,
                IntStream.range(0, 1000)
                        .mapToObj(i -> spec("http://10.0.0.1:" + (1000 + i), i == 500 ? 1 : 3, 1))
                        .toArray(BackendSpec[]::new));
        List<Backend> others = new ArrayList<>(backends);
        Backend free = others.remove(500);
        for (Backend backend : others) {
            List<Backend> rest = new ArrayList<>(backends);
            rest.remove(backend);
            assertThat(Pools.lease(pool, new PickContext(rest)).backend()).isSameAs(backend);
        }

        assertThat(pool.snapshot().picker().pick(context(List.of()))).isSameAs(free);
        assertThat(pool.snapshot().picker().pick(context(List.of(free)))).isNull();
    }

    @ParameterizedTest
    @MethodSource("policies")
    void allocatesNothing(String policy) {
        BackendPool pool = new BackendPool(Balancers.named(policy, clock).orElseThrow(), clock);
        List<Backend> backends = fill(pool, randomSpecs(20, 1024));
        for (Backend backend : backends) {
            List<Backend> others = new ArrayList<>(backends);
            others.remove(backend);
            Pools.lease(pool, new PickContext(others)).answered(200, ANSWER_NANOS);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        pick(pool, 20_000);

        long before = threads.getCurrentThreadAllocatedBytes();
        pick(pool, 10_000);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
    }

    private static void pick(BackendPool pool, int times) {
        for (int i = 0; i < times; i++) {
            Objects.requireNonNull(pool.snapshot().picker().pick(PickContext.FIRST));
        }
    }

    private BackendPool pool(String policy, @Nullable Duration slowStart) {
        Means means = new Means(clock, () -> clock.millis() * 1_000_000, () -> drawn, 1.25);
        return new BackendPool(Balancers.named(policy, means).orElseThrow(), new Eligibility(0, slowStart), clock);
    }

    private void comeBack(BackendPool pool, int index) {
        Backend backend = backends(pool).get(index);
        pool.report(backend, Health.DEGRADED, "refused");
        clock.advance(Duration.ofSeconds(1));
        pool.report(backend, Health.HEALTHY, "200");
    }

    private BackendSpec[] randomSpecs(int count, int mostConnections) {
        return IntStream.range(0, count)
                .mapToObj(i -> spec(
                        "http://10.0.0." + i + ":1",
                        1 + random.nextInt(10),
                        mostConnections == 1024 ? 1024 : 1 + random.nextInt(mostConnections)))
                .toArray(BackendSpec[]::new);
    }

    /** A request with a key of its own. */
    private PickContext context(List<Backend> tried) {
        return new PickContext(tried, random.nextLong());
    }

    /** Which part of 10,000 requests each backend gets, with so many always in flight, of which the oldest ends first. */
    private double[] shares(BackendPool pool, int inFlight) {
        List<Backend> backends = backends(pool);
        Deque<Lease> held = new ArrayDeque<>();
        double[] shares = new double[backends.size()];
        int requests = 10_000;
        for (int i = -inFlight; i < requests; i++) {
            Lease lease = Pools.lease(pool, context(List.of()));
            held.add(lease);
            if (i >= 0) {
                shares[backends.indexOf(lease.backend())] += 1.0 / requests;
            }
            if (held.size() > inFlight) {
                Lease oldest = held.remove();
                oldest.answered(200, ANSWER_NANOS);
                oldest.end(new Answered(200));
            }
        }
        held.forEach(lease -> lease.end(new Answered(200)));
        return shares;
    }
}
