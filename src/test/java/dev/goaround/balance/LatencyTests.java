package dev.goaround.balance;

import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.goaround.balance.Balancers.Means;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import dev.goaround.pool.PickContext;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The policies that go by response times. */
class LatencyTests {

    private static final long MILLI = 1_000_000;

    private final ManualClock clock = new ManualClock();
    private final Random random = new Random(1);

    @Test
    void jumpsToAPeakAndForgetsItWithTime() {
        LatencyTrack track = new LatencyTrack(true);
        assertThat(track.at(0)).isZero();

        track.add(10 * MILLI, 0);
        track.add(100 * MILLI, MILLI);
        assertThat(track.at(MILLI)).isEqualTo(100 * MILLI);

        long later = MILLI + (long) (LatencyTrack.LIFETIME * Math.log(2));
        assertThat(track.at(later)).isCloseTo(50 * MILLI, within(1.0));
        track.add(10 * MILLI, later);
        assertThat(track.at(later)).isCloseTo(55 * MILLI, within(1.0));
    }

    @Test
    void takesAPeakForOneSampleOfManyWhereItIsAMean() {
        LatencyTrack track = new LatencyTrack(false);
        track.add(10 * MILLI, 0);
        track.add(1000 * MILLI, MILLI);

        assertThat(track.at(MILLI)).isCloseTo(10 * MILLI, within(0.2 * MILLI));
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-time", "peak-ewma"})
    void passesOverASlowBackend(String policy) {
        BackendPool pool = pool(policy);
        List<Backend> backends = fill(pool, spec("http://a:1"), spec("http://b:1"), spec("http://c:1"));

        int slow = requestsTo(backends.get(1), pool, 200, 100 * MILLI);

        assertThat(slow).isBetween(1, 50);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-time", "peak-ewma"})
    void isNotDrawnToABackendThatFailsFast(String policy) {
        BackendPool pool = pool(policy);
        List<Backend> backends = fill(pool, spec("http://a:1"), spec("http://b:1"), spec("http://c:1"));

        assertThat(requestsTo(backends.get(1), pool, 503, MILLI)).isBetween(1, 20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-time", "peak-ewma"})
    void countsNoAnswerAsSlow(String policy) {
        BackendPool pool = pool(policy);
        Backend failing = fill(pool, spec("http://a:1"), spec("http://b:1")).get(0);
        Outcome reset = new Failed(Phase.WAIT, Kind.CLOSED, "reset", false, true);
        int failed = 0;
        for (int i = 0; i < 1000; i++) {
            Lease lease = Pools.lease(pool, PickContext.FIRST);
            clock.advance(Duration.ofMillis(10));
            if (lease.backend() == failing) {
                failed++;
                lease.end(reset);
            } else {
                lease.answered(200, 10 * MILLI);
                lease.end(new Answered(200));
            }
        }
        assertThat(failed).isBetween(1, 20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-time", "peak-ewma"})
    void asksAgainWhoWasSlowLongAgo(String policy) {
        BackendPool pool = pool(policy);
        List<Backend> backends = fill(pool, spec("http://a:1"), spec("http://b:1"));
        requestsTo(backends.get(1), pool, 200, 500 * MILLI);
        clock.advance(Duration.ofMinutes(2));

        assertThat(requestsTo(backends.get(1), pool, 200, 10 * MILLI)).isGreaterThan(300);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-time", "peak-ewma"})
    void givesAnUnknownBackendOneRequestUntilItHasAnswered(String policy) {
        BackendPool pool = pool(policy);
        Backend silent = fill(pool, spec("http://a:1"), spec("http://b:1")).get(0);
        for (int i = 0; i < 100; i++) {
            Lease lease = Pools.lease(pool, PickContext.FIRST);
            if (lease.backend() != silent) {
                lease.answered(200, 10 * MILLI);
                lease.end(new Answered(200));
            }
            clock.advance(Duration.ofMillis(10));
        }
        assertThat(silent.inFlight()).isEqualTo(1);
    }

    /** Of 1000 requests, one every 10 ms: how many go to the one that answers so, while the others answer after 10 ms. */
    private int requestsTo(Backend odd, BackendPool pool, int status, long nanos) {
        int count = 0;
        for (int i = 0; i < 1000; i++) {
            Lease lease = Pools.lease(pool, PickContext.FIRST);
            boolean isOdd = lease.backend() == odd;
            count += isOdd ? 1 : 0;
            clock.advance(Duration.ofMillis(10));
            lease.answered(isOdd ? status : 200, isOdd ? nanos : 10 * MILLI);
            lease.end(new Answered(isOdd ? status : 200));
        }
        return count;
    }

    private BackendPool pool(String policy) {
        Means means = new Means(clock, () -> clock.millis() * MILLI, () -> random, 1.25);
        return new BackendPool(Balancers.named(policy, means).orElseThrow(), clock);
    }
}
