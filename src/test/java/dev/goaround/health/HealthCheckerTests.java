package dev.goaround.health;

import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Health;
import dev.goaround.pool.Member;
import dev.goaround.pool.Outcome.Circumstances;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import dev.goaround.testing.ManualClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class HealthCheckerTests {

    private static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final Duration DEGRADED_INTERVAL = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
    private final HealthMonitor monitor = new HealthMonitor(pool, HealthCheckerTests::settings, clock);
    private final Script probe = new Script(clock);
    private final HealthChecker checker =
            new HealthChecker(pool, probe, monitor, new ProbeSchedule(HealthCheckerTests::settings, clock, middle()));

    @Test
    void probesNewBackendsInTheVeryNextRound() {
        join("http://a:1", "http://b:1");
        assertThat(checker.lastProbe(backend(0))).isEmpty();
        checker.round();

        assertThat(probe.asked).containsExactly("a-1", "b-1");
        assertThat(healths()).containsExactly(Health.HEALTHY, Health.HEALTHY);
        assertThat(checker.lastProbe(backend(0))).hasValueSatisfying(last -> {
            assertThat(last.passed()).isTrue();
            assertThat(last.at()).isEqualTo(clock.instant());
        });
    }

    @Test
    void probesHealthyBackendsEveryIntervalAndDegradedOnesEveryDegradedInterval() {
        probe.answers("b-1", () -> Mono.just(failed()));
        join("http://a:1", "http://b:1");

        assertThat(probesOf("a-1", Duration.ofSeconds(20))).isBetween(10L, 11L);
        assertThat(probesOf("b-1", Duration.ofSeconds(20))).isBetween(20L, 21L);
    }

    @Test
    void probesAHealthyBackendThatFailedAProbeAgainAfterHalfADegradedInterval() {
        join("http://a:1");
        checker.round();
        tick(Duration.ofMillis(900));
        probe.answers("a-1", () -> Mono.just(failed()));
        probe.asked.clear();
        tick(Duration.ofMillis(500));
        assertThat(probe.asked).hasSize(1);
        assertThat(healths()).containsExactly(Health.HEALTHY);

        tick(Duration.ofMillis(100));
        assertThat(probe.asked).hasSize(2);
        assertThat(healths()).containsExactly(Health.DEGRADED);
        tick(Duration.ofMillis(900));
        assertThat(probe.asked).as("degraded ones at their own pace").hasSize(2);
        tick(Duration.ofMillis(100));
        assertThat(probe.asked).hasSize(3);
    }

    @Test
    void leavesNobodyOutWhereMoreAreDueThanHaveTheirTurn() {
        join(IntStream.range(0, 1000).mapToObj(i -> "http://b" + i + ":1").toArray(String[]::new));
        for (int i = 0; i < 5; i++) {
            checker.round();
            clock.advance(INTERVAL.multipliedBy(2)); // All that were probed are due again.
        }
        assertThat(probe.asked).hasSize(1000).doesNotHaveDuplicates();
    }

    @Test
    void spreadsTheProbesOfThoseThatJoinTogether() {
        HealthChecker spreading = new HealthChecker(
                pool, probe, monitor, new ProbeSchedule(HealthCheckerTests::settings, clock, new Random(1)));
        join(IntStream.range(0, 1000).mapToObj(i -> "http://b" + i + ":1").toArray(String[]::new));
        for (int i = 0; i < 500; i++) {
            probe.answers("b" + i + "-1", () -> Mono.just(failed()));
        }
        for (int i = 0; i < 5; i++) {
            spreading.round();
            assertThat(probe.asked).as("a fifth in each round").hasSize(200 * (i + 1));
        }

        List<Integer> inATenth = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            probe.asked.clear();
            clock.advance(Duration.ofMillis(100));
            spreading.round();
            inATenth.add(probe.asked.size());
        }
        // 500 healthy ones every 2 s and 500 others every second, evenly, are 75 in a tenth of a second.
        assertThat(inATenth).allSatisfy(probes -> assertThat(probes).isBetween(40, 120));
    }

    @Test
    void probesABackendThatLiveTrafficDegradedOneDegradedIntervalLater() {
        join("http://a:1", "http://b:1");
        checker.round();
        tick(Duration.ofMillis(1_500));
        refused(0);
        probe.asked.clear();

        tick(Duration.ofMillis(900));
        assertThat(probe.asked).as("not yet").doesNotContain("a-1");
        tick(Duration.ofMillis(100));
        assertThat(probe.asked).contains("a-1");
        assertThat(healths()).containsExactly(Health.HEALTHY, Health.HEALTHY);
    }

    @Test
    void probesABackendInDoubtAtOnceAndBelievesOneFailure() {
        join("http://a:1");
        checker.round();
        tick(Duration.ofMillis(500));
        probe.answers("a-1", () -> Mono.just(failed()));
        probe.asked.clear();
        refused(0);

        assertThat(probe.asked).containsExactly("a-1");
        assertThat(healths()).containsExactly(Health.DEGRADED);
    }

    @Test
    void probesForDoubtsNoMoreOftenThanDegradedBackends() {
        join("http://a:1");
        checker.round();
        tick(Duration.ofMillis(500));
        probe.asked.clear();
        for (int i = 0; i < 100; i++) {
            refused(0);
        }
        assertThat(probe.asked).hasSize(1);
        assertThat(healths()).containsExactly(Health.HEALTHY);

        tick(Duration.ofMillis(900));
        assertThat(probe.asked).hasSize(1);
        tick(Duration.ofMillis(100));
        assertThat(probe.asked).as("the doubt that is left").hasSize(2);
    }

    @Test
    void waitsForTheProbeUnderWayOfABackendInDoubt() {
        join("http://a:1");
        checker.round();
        Sinks.One<ProbeResult> slow = Sinks.one();
        probe.answers("a-1", slow::asMono);
        tick(Duration.ofSeconds(2));
        probe.asked.clear();
        refused(0);
        assertThat(probe.asked).isEmpty();

        slow.tryEmitValue(failed());
        assertThat(healths()).containsExactly(Health.DEGRADED);
    }

    @Test
    void neverProbesABackendTwiceAtOnceAndNeverKeepsOthersWaiting() {
        Sinks.One<ProbeResult> slow = Sinks.one();
        probe.answers("a-1", slow::asMono);
        join("http://a:1", "http://b:1");
        tick(Duration.ofSeconds(5));

        assertThat(probe.asked).containsOnlyOnce("a-1");
        assertThat(probe.asked.stream().filter("b-1"::equals).count()).isGreaterThanOrEqualTo(3);
        assertThat(healths()).containsExactly(Health.DEGRADED, Health.HEALTHY);

        slow.tryEmitValue(passed());
        assertThat(healths()).containsExactly(Health.HEALTHY, Health.HEALTHY);
        tick(Duration.ofSeconds(3));
        assertThat(probe.asked.stream().filter("a-1"::equals).count()).isGreaterThan(1);
    }

    @Test
    void survivesProbesThatBreakTheirPromise() {
        probe.answers("a-1", () -> {
            throw new IllegalStateException("thrown");
        });
        probe.answers("b-1", () -> Mono.error(new IllegalStateException("signalled")));
        join("http://a:1", "http://b:1", "http://c:1");
        probe.answers("c-1", () -> Mono.just(passed()));

        assertThatCode(checker::round).doesNotThrowAnyException();

        assertThat(healths()).containsExactly(Health.DEGRADED, Health.DEGRADED, Health.HEALTHY);
        assertThat(checker.lastProbe(backend(0)))
                .hasValueSatisfying(last -> assertThat(last.detail()).isEqualTo("no result: IllegalStateException"));
    }

    @Test
    void givesUpOnAProbeThatForgetsItsTimeOut() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try {
            probe.answers("a-1", Mono::never);
            join("http://a:1");
            checker.round();
            time.advanceTimeBy(TIMEOUT.plusSeconds(1));

            assertThat(checker.lastProbe(backend(0)))
                    .hasValueSatisfying(last -> assertThat(last.passed()).isFalse());
            tick(DEGRADED_INTERVAL);
            assertThat(probe.asked).hasSize(2);
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    @Test
    void endsTheFirstRoundWhenAllHaveAResult() {
        Sinks.One<ProbeResult> late = Sinks.one();
        probe.answers("b-1", late::asMono);
        join("http://a:1", "http://b:1");

        StepVerifier.withVirtualTime(checker::firstRound)
                .expectSubscription()
                .expectNoEvent(TIMEOUT.minusMillis(100))
                .then(() -> late.tryEmitValue(failed()))
                .verifyComplete();
        assertThat(probe.asked).containsExactly("a-1", "b-1");
        assertThat(healths()).containsExactly(Health.HEALTHY, Health.DEGRADED);
    }

    @Test
    void asksNoMoreThanAFewAtOnceInTheFirstRound() {
        List<Sinks.One<ProbeResult>> results = new ArrayList<>();
        join(IntStream.range(0, 100).mapToObj(i -> "http://b" + i + ":1").toArray(String[]::new));
        for (int i = 0; i < 100; i++) {
            Sinks.One<ProbeResult> result = Sinks.one();
            results.add(result);
            probe.answers("b" + i + "-1", result::asMono);
        }

        StepVerifier.withVirtualTime(checker::firstRound)
                .expectSubscription()
                .then(() -> assertThat(probe.asked).hasSize(64))
                .then(() -> results.subList(0, 10).forEach(result -> result.tryEmitValue(passed())))
                .then(() -> assertThat(probe.asked).hasSize(74))
                .expectNoEvent(TIMEOUT)
                .thenAwait(TIMEOUT.multipliedBy(4))
                .verifyComplete();
        assertThat(probe.asked).hasSize(100);
        assertThat(healths()).filteredOn(Health.HEALTHY::equals).hasSize(10);
    }

    @Test
    void endsTheFirstRoundAfterTheTimeOutAndStillTakesALateResult() {
        Sinks.One<ProbeResult> late = Sinks.one();
        probe.answers("a-1", late::asMono);
        join("http://a:1");

        StepVerifier.withVirtualTime(checker::firstRound)
                .expectSubscription()
                .expectNoEvent(TIMEOUT.minusMillis(1))
                .thenAwait(Duration.ofMillis(1))
                .verifyComplete();
        assertThat(healths()).containsExactly(Health.DEGRADED);

        late.tryEmitValue(passed());
        assertThat(healths()).containsExactly(Health.HEALTHY);
    }

    @Test
    void waitsInTheFirstRoundForProbesUnderWayInsteadOfRepeatingThem() {
        Sinks.One<ProbeResult> late = Sinks.one();
        probe.answers("a-1", late::asMono);
        join("http://a:1");
        checker.round();

        StepVerifier.withVirtualTime(checker::firstRound)
                .expectSubscription()
                .then(() -> late.tryEmitValue(passed()))
                .verifyComplete();
        assertThat(probe.asked).containsExactly("a-1");
    }

    @Test
    void endsTheFirstRoundAtOnceWithoutBackends() {
        StepVerifier.create(checker.firstRound()).verifyComplete();
    }

    @Test
    void forgetsBackendsThatLeft() {
        join("http://a:1");
        checker.round();
        Backend gone = backend(0);
        join("http://b:1");
        checker.round(); // after which b is healthy, and a does not go on for it
        checker.round();

        assertThat(checker.lastProbe(gone)).isEmpty();
        tick(Duration.ofSeconds(5));
        assertThat(probe.asked).containsOnlyOnce("a-1");
    }

    @Test
    void goesOnProbingAfterTheClockWasSetBack() {
        join("http://a:1");
        checker.round();
        clock.advance(Duration.ofHours(-1));
        probe.asked.clear();
        tick(Duration.ofSeconds(5));

        assertThat(probe.asked).hasSize(2);
    }

    @ParameterizedTest(name = "random {0} waits {1} when healthy, {2} when degraded")
    @CsvSource({"0.0, PT1.8S, PT0.9S", "0.5, PT2S, PT1S", "0.75, PT2.1S, PT1.05S"})
    void jittersByATenth(double random, Duration healthy, Duration degraded) {
        ProbeSchedule schedule = new ProbeSchedule(HealthCheckerTests::settings, clock, new Fixed(random));
        Instant now = clock.instant();

        assertThat(Duration.between(now, schedule.after(now, Health.HEALTHY))).isEqualTo(healthy);
        assertThat(Duration.between(now, schedule.after(now, Health.DEGRADED))).isEqualTo(degraded);
        assertThat(Duration.between(now, schedule.after(now, Health.DRAINING))).isEqualTo(degraded);
    }

    @Test
    void serviceIsBackWithinAnIntervalAndAHalfHoweverOftenAllFailTogether() {
        join("http://a:1", "http://b:1", "http://c:1");
        checker.round();
        tick(Duration.ofSeconds(5));
        for (int outage = 0; outage < 20; outage++) {
            for (String id : List.of("a-1", "b-1", "c-1")) {
                probe.answers(id, () -> Mono.just(failed()));
            }
            tick(Duration.ofSeconds(5));
            assertThat(pool.snapshot().anyHealthy()).isFalse();
            probe.answers.clear();
            tick(DEGRADED_INTERVAL.multipliedBy(3).dividedBy(2));
            assertThat(healths()).as("after outage %d", outage).containsOnly(Health.HEALTHY);
        }
    }

    private void refused(int index) {
        monitor.ended(
                backend(index),
                new Failed(Phase.CONNECT, Kind.UNREACHABLE, "refused", false, false, Circumstances.UNPROVOKED),
                clock.millis());
    }

    private void join(String... uris) {
        pool.replace(Stream.of(uris).map(uri -> spec(uri)).toList());
    }

    /** Lets time pass in steps of a tenth of a second, with a round after each. */
    private void tick(Duration time) {
        for (Duration left = time; left.compareTo(Duration.ZERO) > 0; left = left.minusMillis(100)) {
            clock.advance(Duration.ofMillis(100));
            checker.round();
        }
    }

    private long probesOf(String id, Duration time) {
        probe.asked.clear();
        tick(time);
        return probe.asked.stream().filter(id::equals).count();
    }

    private Backend backend(int index) {
        return pool.snapshot().members().get(index).backend();
    }

    private List<Health> healths() {
        return pool.snapshot().members().stream().map(Member::health).toList();
    }

    private ProbeResult passed() {
        return new ProbeResult(true, "200", Duration.ZERO, clock.instant());
    }

    private ProbeResult failed() {
        return new ProbeResult(false, "refused", Duration.ZERO, clock.instant());
    }

    private static HealthSettings settings() {
        return new HealthSettings(
                null, null, INTERVAL, DEGRADED_INTERVAL, TIMEOUT, 2, HealthSettings.Type.HTTP, null, true, false);
    }

    private static Fixed middle() {
        return new Fixed(0.5);
    }

    /** Always the same number. */
    private static final class Fixed extends Random {

        private final double value;

        Fixed(double value) {
            this.value = value;
        }

        @Override
        public double nextDouble() {
            return value;
        }
    }

    /** Answers as told, and passes by itself. */
    private static final class Script implements Probe {

        private final Clock clock;
        private final List<String> asked = new ArrayList<>();
        private final Map<String, Supplier<Mono<ProbeResult>>> answers = new HashMap<>();

        Script(Clock clock) {
            this.clock = clock;
        }

        void answers(String id, Supplier<Mono<ProbeResult>> answer) {
            answers.put(id, answer);
        }

        @Override
        public Mono<ProbeResult> probe(Backend backend) {
            asked.add(backend.id());
            ProbeResult passed = new ProbeResult(true, "200", Duration.ZERO, clock.instant());
            return answers.getOrDefault(backend.id(), () -> Mono.just(passed)).get();
        }
    }
}
