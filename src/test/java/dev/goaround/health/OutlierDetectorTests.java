package dev.goaround.health;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.goaround.balance.Balancers;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Health;
import dev.goaround.pool.Member;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Cancelled;
import dev.goaround.pool.Outcome.Circumstances;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import dev.goaround.testing.ManualClock;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutlierDetectorTests {

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
    private boolean on = true;
    private final HealthMonitor monitor = new HealthMonitor(pool, this::settings, clock);
    private final OutlierDetector detector = new OutlierDetector(pool, monitor, this::settings);

    /** Each backend as failures of requests, such as 7/240; the third column has the indices of the ejected. */
    @ParameterizedTest(name = "{0}: {1} out")
    @CsvSource({
        "0/200 0/200 0/200 0/200 0/200,      ''", // nobody fails
        "9/200 9/200 9/200 9/200 9/200,      ''", // everybody does alike
        "99/100 99/100 99/100 99/100 99/100, ''",
        "0/200 0/200 60/200 0/200 0/200,     2", // one is far below
        "0/200 0/200 60/200 0/200,           ''", // too few to compare with
        "0/200 0/200 60/200 0/200 0/99,      ''", // the fifth has seen too little
        "0/200 0/200 60/200 0/200 0/100,     2",
        "0/200 0/200 60/99 0/200 0/200 0/200, ''", // the bad one has
        "0/200 0/200 1/200 0/200 0/200,      ''", // below by Envoy's rule, but by nothing that matters
        "0/200 0/200 12/200 0/200 0/200,     ''", // 94 % where the mean is 98.8 %
        "0/200 0/200 13/200 0/200 0/200,     2", // 93.5 % where the mean is 98.7 %
        "50/200 60/200 55/200 190/200 50/200, 3", // also where all are bad
        "0/200 0/200 60/200 60/200 0/200,    ''", // two of five are no outliers
        "0/200 0/200 0/200 0/200 0/200 0/200 0/200 0/200 0/200 0/200 70/200 60/200, '10,11'",
    })
    void ejectsByTheDistanceFromTheMean(String pairs, String out) {
        String[] counts = pairs.split(" ", -1);
        fill(counts.length);
        for (int i = 0; i < counts.length; i++) {
            String[] pair = counts[i].split("/", -1);
            end(i, Integer.parseInt(pair[0]), Integer.parseInt(pair[1]));
        }
        detector.evaluate();

        assertThat(ejected()).isEqualTo(out);
    }

    @Test
    void saysTheNumbersAndAsksForMoreThanOneGoodProbe() {
        fill(5);
        endAll(0, 240);
        end(1, 96, 96);
        detector.evaluate();

        Member member = pool.snapshot().members().get(1);
        assertThat(member.health()).isEqualTo(Health.DEGRADED);
        assertThat(member.cause()).isEqualTo("success rate 71 % of 336 requests in 10s, the pool's is 94 %");
        assertThat(goodProbesNeeded(1)).isEqualTo(10);
    }

    @Test
    void makesEachRelapseWithinAMinuteTwiceAsDear() {
        fill(5);
        List<Integer> needed = new ArrayList<>();
        for (int seconds : new int[] {20, 20, 20, 60}) {
            endAll(0, 200);
            end(1, 100, 100);
            detector.evaluate();
            clock.advance(Duration.ofSeconds(1));
            needed.add(goodProbesNeeded(1));
            clock.advance(Duration.ofSeconds(seconds));
            restart();
        }
        assertThat(needed).containsExactly(10, 20, 30, 30);

        endAll(0, 200);
        end(1, 100, 100);
        detector.evaluate();
        assertThat(goodProbesNeeded(1)).as("a minute later it is forgiven").isEqualTo(10);
    }

    @Test
    void looksAtTheLastTenSecondsOnly() {
        fill(5);
        endAll(0, 60);
        end(1, 30, 30);
        detector.evaluate();
        for (int i = 0; i < 9; i++) {
            detector.evaluate();
        }
        endAll(0, 60);
        detector.evaluate();
        assertThat(ejected()).as("each has 60 in the window").isEmpty();

        endAll(0, 60);
        end(1, 30, 30);
        detector.evaluate();
        assertThat(ejected()).as("each has 120 or more").isEqualTo("1");
    }

    @Test
    void beginsAnewWithABackendThatComesBack() {
        fill(5);
        endAll(0, 200);
        end(1, 100, 100);
        detector.evaluate();
        assertThat(ejected()).isEqualTo("1");
        clock.advance(Duration.ofSeconds(5));
        end(1, 300, 300);
        detector.evaluate();
        clock.advance(Duration.ofSeconds(5));
        goodProbesNeeded(1);
        end(1, 300, 300);
        detector.evaluate();
        endAll(0, 200);
        detector.evaluate();

        assertThat(ejected()).as("what ended late was begun before").isEmpty();
    }

    @Test
    void countsEvery5xxAndEveryBrokenAttemptAndNothingThatSaysNothing() {
        fill(12);
        endAll(0, 100);
        for (int i = 0; i < 100; i++) {
            detector.ended(backend(1), new Answered(500), 0);
            detector.ended(backend(2), new Failed(Phase.WAIT, Kind.TIMEOUT, "timed out", false, true), 0);
            detector.ended(backend(3), new Cancelled(), 0);
            detector.ended(backend(4), new Failed(Phase.WAIT, Kind.CLOSED, "closed", true, true), 0);
            detector.ended(backend(5), new Answered(499), 0);
        }
        detector.evaluate();

        assertThat(ejected()).isEqualTo("1,2");
        assertThat(pool.snapshot().members().get(2).cause())
                .isEqualTo("success rate 50 % of 200 requests in 10s, the pool's is 92 %");
    }

    @Test
    void neverEjectsMoreThanHalf() {
        fill(11);
        for (int i = 0; i < 5; i++) {
            monitor.ended(backend(i), new Answered(200), clock.millis());
            monitor.ended(
                    backend(i),
                    new Failed(Phase.CONNECT, Kind.UNREACHABLE, "refused", false, false, Circumstances.UNPROVOKED),
                    clock.millis());
        }
        List<Backend> asked = new ArrayList<>();
        monitor.whenInDoubt(asked::add);
        endAll(0, 200);
        end(7, 100, 100);
        detector.evaluate();

        assertThat(ejected()).isEqualTo("0,1,2,3,4");
        assertThat(asked).as("but it is probed").containsExactly(backend(7));
    }

    @Test
    void takesNothingFromRequestsWhoseBackendTheClientHasChosen() {
        fill(5);
        endAll(0, 200);
        for (int i = 0; i < 200; i++) {
            detector.ended(backend(1), new Answered(500), 0, true);
        }
        detector.evaluate();

        assertThat(ejected()).isEmpty();
    }

    @Test
    void takesForChanceWhatMayBeChance() {
        fill(12);
        for (int i = 0; i < 11; i++) {
            end(i, 45, 100);
        }
        end(11, 62, 100); // requests of which half fail anywhere
        detector.evaluate();

        assertThat(ejected()).isEmpty();
    }

    @Test
    void countsGrpcCallsThatFailed() {
        fill(5);
        endAll(0, 200);
        for (int i = 0; i < 60; i++) {
            detector.ended(backend(2), new Answered(200, i % 2 == 0 ? 13 : 4), 0);
        }
        detector.evaluate();

        assertThat(ejected()).isEqualTo("2");
    }

    @Test
    void onlyCountsWhileItIsOff() {
        on = false;
        fill(5);
        endAll(0, 200);
        end(2, 200, 200);
        detector.evaluate();
        assertThat(ejected()).isEmpty();

        on = true;
        detector.evaluate();
        assertThat(ejected()).isEqualTo("2");
    }

    @Test
    void allocatesNothingForAnAttempt() {
        fill(1);
        Backend backend = backend(0);
        Outcome answered = new Answered(200);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 10_000; i++) {
            detector.ended(backend, answered, 0);
        }

        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            detector.ended(backend, answered, 0);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
    }

    /** So many healthy backends, whose windows have begun. */
    private void fill(int backends) {
        pool.replace(IntStream.range(0, backends)
                .mapToObj(i -> spec("http://localhost:" + (9100 + i)))
                .toList());
        backends(pool).forEach(backend -> pool.report(backend, Health.HEALTHY, "test"));
        restart();
    }

    /** Begins the windows: a first attempt makes a tally, and an evaluation starts it. */
    private void restart() {
        backends(pool).forEach(backend -> detector.ended(backend, new Answered(200), 0));
        for (int i = 0; i <= OutlierDetector.SLICES; i++) {
            detector.evaluate();
        }
    }

    private void endAll(int failures, int requests) {
        for (int i = 0; i < backends(pool).size(); i++) {
            end(i, failures, requests);
        }
    }

    private void end(int index, int failures, int requests) {
        for (int i = 0; i < requests; i++) {
            detector.ended(backend(index), new Answered(i < failures ? 500 : 200), 0);
        }
    }

    private Backend backend(int index) {
        return backends(pool).get(index);
    }

    private String ejected() {
        List<Member> members = pool.snapshot().members();
        return IntStream.range(0, members.size())
                .filter(i -> !members.get(i).healthy())
                .mapToObj(Integer::toString)
                .reduce((one, other) -> one + "," + other)
                .orElse("");
    }

    private int goodProbesNeeded(int index) {
        int probes = 0;
        while (!pool.snapshot().members().get(index).healthy()) {
            monitor.probed(
                    pool.snapshot().members().get(index), new ProbeResult(true, "200", Duration.ZERO, clock.instant()));
            probes++;
        }
        return probes;
    }

    private HealthSettings settings() {
        return new HealthSettings(
                null,
                null,
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                2,
                HealthSettings.Type.HTTP,
                null,
                on,
                false);
    }
}
