package dev.goaround.balance;

import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers.Means;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Eligibility;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.PickContext;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The policies that look at all backends: they pick the best, not a good one, however many there are. */
class ScanTests {

    private static final long MILLI = 1_000_000;

    private final ManualClock clock = new ManualClock();

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100, 1500})
    void leastRequestsPicksALeastLoadedOne(int count) {
        for (int seed = 0; seed < (count > 1000 ? 2 : 40); seed++) {
            picksTheLeast("least-requests", count, seed, backend -> (double) backend.inFlight() / weight(backend));
        }
    }

    /** All answer in the same time, so that the requests in flight decide. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100, 1500})
    void leastTimePicksOneThatIsExpectedSoonest(int count) {
        for (int seed = 0; seed < (count > 1000 ? 2 : 40); seed++) {
            picksTheLeast("least-time", count, seed, backend -> (double) backend.inFlight() / weight(backend));
        }
    }

    private void picksTheLeast(String policy, int count, int seed, ToDoubleFunction<Backend> load) {
        Random random = new Random(seed);
        int heaviest = random.nextBoolean() ? 1 : 4;
        BackendPool pool = pool(policy);
        List<Backend> backends = fill(
                pool,
                IntStream.range(0, count)
                        .mapToObj(i -> spec("http://10.0.0.1:" + (1000 + i), 1 + random.nextInt(heaviest), 6))
                        .toArray(BackendSpec[]::new));
        for (Backend backend : backends) {
            load(pool, backend, random.nextInt(6));
        }
        for (int i = 0; i < 40; i++) {
            PickContext context = new PickContext(
                    backends.stream().filter(each -> random.nextInt(10) == 0).toList());
            double least = backends.stream()
                    .filter(context::allows)
                    .mapToDouble(load)
                    .min()
                    .orElse(-1);
            Backend picked = pool.snapshot().picker().pick(context);
            assertThat(picked == null ? -1 : load.applyAsDouble(picked))
                    .as("seed %s, pick %s", seed, i)
                    .isEqualTo(least);
            if (picked != null) {
                assertThat(pool.lease(context)).isNotNull();
            }
        }
    }

    /** Gives a backend so many requests that never end, each of which it answered after 10 ms. */
    private static void load(BackendPool pool, Backend backend, int requests) {
        PickContext context = PickContext.FIRST.stuckTo(backend);
        for (int i = 0; i < requests; i++) {
            Pools.lease(pool, context).answered(200, 10 * MILLI);
        }
        if (requests == 0) {
            Lease lease = Pools.lease(pool, context);
            lease.answered(200, 10 * MILLI);
            lease.end(new Answered(200));
        }
        assertThat(backend.inFlight()).isEqualTo(requests);
    }

    private BackendPool pool(String policy) {
        Means means = new Means(clock, () -> clock.millis() * MILLI, Random::new, 1.25);
        return new BackendPool(Balancers.named(policy, means).orElseThrow(), new Eligibility(0, Duration.ZERO), clock);
    }

    private static int weight(Backend backend) {
        return backend.spec().weight();
    }
}
