package dev.goaround.balance;

import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.PickContext;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BalancerTests {

    @Test
    void knowsItsAlgorithmsByName() {
        assertThat(Balancers.names())
                .containsExactly(
                        "consistent-hash",
                        "least-requests",
                        "least-time",
                        "peak-ewma",
                        "random",
                        "round-robin",
                        "two-choices");
        assertThat(Balancers.named("least-requests")).isPresent();
        assertThat(Balancers.named("fastest")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void alternatesStrictlyBetweenEqualsOneAtATime(String policy) {
        BackendPool pool = pool(policy, 1, 1, 1);

        assertThat(oneAtATime(pool, 7)).isEqualTo("abcabca");
    }

    @ParameterizedTest(name = "{0} with weights {1} goes {2}")
    @CsvSource({
        "round-robin,    5:1:1,   aabacaa",
        "least-requests, 5:1:1,   aabacaa",
        "round-robin,    2:1,     abaaba",
        "round-robin,    1000:500, abaaba", // only the ratio counts
        "least-requests, 1000:500, abaaba",
        "round-robin,    3,       aaa",
    })
    void spreadsTurnsSmoothlyByWeight(String policy, String weights, String order) {
        BackendPool pool = pool(policy, weights(weights));

        assertThat(oneAtATime(pool, order.length())).isEqualTo(order);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void splitsExactlyByWeightOverAWholeRotation(String policy) {
        BackendPool pool = pool(policy, 7, 3, 2);
        String picks = oneAtATime(pool, 1_200);

        assertThat(share(picks, 'a')).isEqualTo(700);
        assertThat(share(picks, 'b')).isEqualTo(300);
        assertThat(share(picks, 'c')).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void keepsEveryBackendInAVeryLongRotation(String policy) {
        // 20 backends of nearly 1000 exceed the longest rotation kept, and the light one must not be scaled to nothing.
        int[] weights = IntStream.concat(IntStream.range(0, 20).map(i -> 981 + i), IntStream.of(1))
                .toArray();
        BackendPool pool = pool(policy, weights);
        String picks = oneAtATime(pool, Rotation.MAX_LENGTH + 21);

        assertThat(share(picks, (char) ('a' + 20))).isBetween(1, 3);
        assertThat(share(picks, 'a')).isBetween(780, 840);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void skipsWhatIsTriedOrFull(String policy) {
        BackendPool pool = pool(policy, 1, 1, 1);
        List<Backend> backends = backends(pool);

        for (int i = 0; i < 6; i++) {
            Lease lease = Pools.lease(pool, new PickContext(backends.subList(0, 2)));
            assertThat(lease.backend()).isSameAs(backends.get(2));
            lease.end(new Answered(200));
        }
        assertThat(pool.lease(new PickContext(backends))).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-requests", "round-robin"})
    void sharesTheTurnsOfAFullBackendByTheOthersWeights(String policy) {
        BackendPool pool = newPool(policy);
        fill(pool, spec("http://a:1", 6, 1), spec("http://b:1", 3, 1024), spec("http://c:1", 1, 1024));
        List<Backend> backends = backends(pool);
        pool.lease(new PickContext(backends.subList(1, 3)));
        assertThat(backends.get(0).full()).isTrue();

        String picks = oneAtATime(pool, 400);

        assertThat(share(picks, 'b')).isEqualTo(300);
        assertThat(share(picks, 'c')).isEqualTo(100);
    }

    @Test
    void roundRobinFindsALightBackendAmongFullHeavyOnes() {
        BackendPool pool = newPool("round-robin");
        fill(pool, spec("http://a:1", 1000, 1), spec("http://b:1", 999, 1), spec("http://c:1", 1, 1024));
        List<Backend> backends = backends(pool);
        pool.lease(new PickContext(backends.subList(1, 3)));
        pool.lease(new PickContext(List.of(backends.get(0), backends.get(2))));

        assertThat(oneAtATime(pool, 5)).isEqualTo("ccccc");
    }

    @ParameterizedTest(name = "in flight {0} with weights {1}: next is {2}")
    @CsvSource({
        "1:0:0, 1:1:1, b",
        "1:1:0, 1:1:1, c",
        "2:1:2, 1:1:1, b",
        "3:1:1, 4:1:1, a", // 3/4 of its weight is less than 1/1
        "4:1:1, 4:1:2, c", // 1/2
        "8:2:3, 4:1:1, a", // a tie between a and b, broken by the rotation
    })
    void leastRequestsPicksTheLeastLoadedForItsWeight(String inFlight, String weights, String next) {
        BackendPool pool = newPool("least-requests");
        List<Backend> backends = new ArrayList<>(fill(pool, specs(weights(weights))));
        int[] load = weights(inFlight);
        for (int i = 0; i < load.length; i++) {
            List<Backend> others = new ArrayList<>(backends);
            others.remove(i);
            Collections.nCopies(load[i], new PickContext(others)).forEach(pool::lease);
        }
        // A change of health and back starts the rotation afresh.
        fill(pool, specs(weights(weights)));
        pool.report(backends.get(0), Health.DEGRADED, "test");
        pool.report(backends.get(0), Health.HEALTHY, "test");

        assertThat(oneAtATime(pool, 1)).isEqualTo(next);
    }

    @Test
    void survivesTheOverflowOfItsTurns() {
        BackendPool pool = pool("round-robin", 1, 1, 1);
        Rotation rotation = Rotation.of(backends(pool));

        assertThat(rotation.at(Integer.MAX_VALUE)).isBetween(0, 2);
        assertThat(rotation.at(Integer.MIN_VALUE)).isBetween(0, 2);
        assertThat(rotation.at(-1)).isBetween(0, 2);
    }

    private static BackendPool newPool(String policy) {
        return new BackendPool(Balancers.named(policy).orElseThrow(), new ManualClock());
    }

    private static BackendPool pool(String policy, int... weights) {
        BackendPool pool = newPool(policy);
        fill(pool, specs(weights));
        return pool;
    }

    /** Backends named a, b, c and on, of these weights. */
    private static BackendSpec[] specs(int... weights) {
        return IntStream.range(0, weights.length)
                .mapToObj(i -> spec("http://" + (char) ('a' + i) + ":1", weights[i], 1024))
                .toArray(BackendSpec[]::new);
    }

    private static List<Backend> backends(BackendPool pool) {
        return Pools.backends(pool);
    }

    private static int[] weights(String colonSeparated) {
        return Arrays.stream(colonSeparated.split(":"))
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    /** The first letters of the backends that so many requests go to, each ended before the next begins. */
    private static String oneAtATime(BackendPool pool, int requests) {
        StringBuilder picked = new StringBuilder();
        for (int i = 0; i < requests; i++) {
            Lease lease = Pools.lease(pool, PickContext.FIRST);
            picked.append(lease.backend().id().charAt(0));
            lease.end(new Answered(200));
        }
        return picked.toString();
    }

    private static int share(String picks, char backend) {
        return (int) picks.chars().filter(each -> each == backend).count();
    }
}
