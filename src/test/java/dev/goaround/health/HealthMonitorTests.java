package dev.goaround.health;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
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
import dev.goaround.testing.Patience;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class HealthMonitorTests {

    private static final HealthSettings SETTINGS = new HealthSettings(
            null,
            null,
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            2,
            HealthSettings.Type.HTTP,
            null,
            true,
            false);
    private static final Outcome REFUSED =
            new Failed(Phase.CONNECT, Kind.UNREACHABLE, "connection refused", false, false, Circumstances.UNPROVOKED);

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
    private final HealthMonitor monitor = new HealthMonitor(pool, () -> SETTINGS, clock);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        logger().setLevel(Level.DEBUG);
        logger().setAdditive(false);
        log.start();
        logger().addAppender(log);
        pool.replace(List.of(spec("http://localhost:9000"), spec("http://localhost:9001")));
        // So that live traffic may eject the first, which these tests are about.
        pool.report(backends(pool).get(1), Health.HEALTHY, "test");
    }

    @AfterEach
    void stopListening() {
        logger().detachAppender(log);
        logger().setLevel(null);
        logger().setAdditive(true);
    }

    @Test
    void saysLittleOfABackendThatIsWellFromTheStart() {
        pass();

        assertThat(health()).isEqualTo(Health.HEALTHY);
        assertThat(member().cause()).isEqualTo("probe answered 200");
        assertThat(lines())
                .containsExactly("DEBUG backend localhost-9000 (http://localhost:9000) healthy: probe answered 200");
    }

    @Test
    void saysOnceThatABackendIsDownFromTheStart() {
        fail("refused");
        fail("timed out after 1s");
        assertThat(member().cause()).isEqualTo("probe failed: refused");
        assertThat(member().health()).isEqualTo(Health.DEGRADED);
        clock.advance(Duration.ofSeconds(12));
        pass();

        assertThat(lines())
                .containsExactly(
                        "WARN backend localhost-9000 (http://localhost:9000) not healthy yet: probe failed: refused",
                        "INFO backend localhost-9000 (http://localhost:9000) healthy again after 12s: probe answered 200");
    }

    @Test
    void logsEachFlipOnceWithItsCauseAndHowLongTheFormerHealthLasted() {
        pass();
        clock.advance(Duration.ofMinutes(3));
        end(REFUSED);
        end(REFUSED);
        assertThat(member().since()).isEqualTo(clock.instant());
        clock.advance(Duration.ofSeconds(12));
        pass();
        pass();

        assertThat(lines().subList(1, 3))
                .containsExactly(
                        "WARN backend localhost-9000 (http://localhost:9000) degraded: connection refused (was healthy for 3m)",
                        "INFO backend localhost-9000 (http://localhost:9000) healthy again after 12s: probe answered 200");
        assertThat(lines()).hasSize(3);
    }

    @Test
    void tellsObserversOfProbesAndOfChangesAndTheirKind() {
        List<String> told = new ArrayList<>();
        monitor.observe(new HealthObserver() {
            @Override
            public void probed(Backend backend, ProbeResult result) {
                told.add("probed " + result.detail());
            }

            @Override
            public void flipped(Backend backend, Health to, String cause, boolean ejection) {
                told.add(to.label() + " " + cause + (ejection ? " ejected" : ""));
            }
        });
        pass();
        pass();
        end(REFUSED);
        pass();
        fail("500");
        fail("500");

        assertThat(told)
                .containsExactly(
                        "probed 200",
                        "healthy probe",
                        "probed 200",
                        "degraded broken ejected",
                        "probed 200",
                        "healthy probe",
                        "probed 500",
                        "probed 500",
                        "degraded probe");
    }

    @Test
    void namesTheStreakThatDegraded() {
        pass();
        fail("503");
        assertThat(health()).isEqualTo(Health.HEALTHY);
        fail("timed out after 1s");
        assertThat(member().cause()).isEqualTo("2 probes failed in a row, the last: timed out after 1s");

        pass();
        for (int i = 0; i < 5; i++) {
            end(new Answered(502));
            monitor.ended(backends(pool).get(1), new Answered(200), clock.millis());
        }
        end(new Answered(502));
        assertThat(member().cause()).isEqualTo("5 gateway errors in a row, the last: 502");
        assertThat(lines()).last().asString().endsWith("(was healthy for 0ms, needs 2 good probes in a row now)");

        pass();
        pass();
        assertThat(member().cause()).isEqualTo("2 good probes in a row, the last 200");
    }

    @Test
    void logsARollingRestartAsNoFailure() {
        pass();
        clock.advance(Duration.ofMinutes(3));
        drain();
        drain();
        assertThat(health()).isEqualTo(Health.DRAINING);
        assertThat(member().cause()).isEqualTo("OUT_OF_SERVICE");
        clock.advance(Duration.ofSeconds(4));
        fail("refused");
        fail("refused");
        fail("refused");
        assertThat(health()).isEqualTo(Health.DEGRADED);
        clock.advance(Duration.ofSeconds(12));
        drain();
        clock.advance(Duration.ofSeconds(3));
        pass();

        assertThat(lines().subList(1, lines().size()))
                .containsExactly(
                        "INFO backend localhost-9000 (http://localhost:9000) draining: OUT_OF_SERVICE",
                        "INFO backend localhost-9000 (http://localhost:9000) gone after draining for 4s:"
                                + " 2 probes failed in a row, the last: refused",
                        "INFO backend localhost-9000 (http://localhost:9000) draining: OUT_OF_SERVICE",
                        "INFO backend localhost-9000 (http://localhost:9000) healthy again after draining for 3s:"
                                + " probe answered 200");
    }

    @Test
    void takesNothingFromWhatSaysNothing() {
        pass();
        end(new Cancelled());
        end(new Failed(Phase.WAIT, Kind.CLOSED, "closed", true, true));
        for (int i = 0; i < 4; i++) {
            end(new Answered(503));
        }
        end(new Answered(200));
        end(new Answered(503));

        assertThat(health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void ignoresAnAttemptThatHungSinceBeforeTheBackendRecovered() {
        pass();
        long began = clock.millis();
        clock.advance(Duration.ofSeconds(5));
        end(REFUSED);
        clock.advance(Duration.ofSeconds(5));
        pass();
        clock.advance(Duration.ofSeconds(20));
        monitor.ended(member().backend(), new Failed(Phase.WAIT, Kind.TIMEOUT, "timed out", false, true), began);

        assertThat(health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void degradesOnlyTheBackendThatFailed() {
        pool.snapshot().members().forEach(member -> monitor.probed(member, result(true, "200")));
        monitor.ended(backends(pool).get(1), REFUSED, clock.millis());

        assertThat(pool.snapshot().members())
                .extracting(Member::health)
                .containsExactly(Health.HEALTHY, Health.DEGRADED);
    }

    @Test
    void ignoresAProbeThatBeganBeforeLiveTrafficFoundTheBackendDead() {
        pass();
        Member asked = member();
        end(REFUSED);
        monitor.probed(asked, result(true, "200"));
        assertThat(health()).isEqualTo(Health.DEGRADED);

        pass();
        assertThat(health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void keepsNothingOfABackendThatLeft() {
        pass();
        Member gone = member();
        pool.replace(List.of());
        monitor.keepOnly(Set.of());
        monitor.ended(gone.backend(), REFUSED, clock.millis());
        monitor.probed(gone, result(false, "refused"));
        pool.forget(gone.backend());
        pool.replace(List.of(spec("http://localhost:9000")));

        assertThat(member().cause()).isEqualTo("not probed yet");
        assertThat(lines()).hasSize(1);
    }

    @Test
    void keepsTheTrackOfABackendThatStays() {
        pass();
        fail("503");
        pool.replace(List.of(spec("http://localhost:9000")));
        monitor.keepOnly(Set.copyOf(backends(pool)));
        fail("503");

        assertThat(health()).isEqualTo(Health.DEGRADED);
    }

    @Test
    void asksABackendThatLiveTrafficMayNotEject() {
        List<Backend> asked = new ArrayList<>();
        monitor.whenInDoubt(asked::add);
        pass();
        Backend second = backends(pool).get(1);
        end(REFUSED);
        assertThat(asked).isEmpty();
        monitor.ended(second, REFUSED, clock.millis());
        monitor.ended(second, REFUSED, clock.millis());

        assertThat(asked).containsExactly(second);
        assertThat(pool.snapshot().members().get(1).health()).isEqualTo(Health.HEALTHY);

        monitor.probed(pool.snapshot().members().get(1), result(false, "refused"));
        assertThat(pool.snapshot().members().get(1).health()).isEqualTo(Health.DEGRADED);
        assertThat(pool.snapshot().members().get(1).cause()).isEqualTo("probe failed: refused");
    }

    @ParameterizedTest(name = "of {0} backends, {1} down by probes, live traffic ejects {2}")
    @CsvSource({"1, 0, 0", "2, 0, 1", "3, 0, 1", "4, 0, 2", "5, 0, 2", "4, 1, 1", "4, 2, 1", "4, 3, 0", "9, 0, 4"})
    void ejectsAtMostHalfOfThoseThatPassTheirProbes(int backends, int down, int ejected) {
        fill(backends);
        for (int i = 0; i < down; i++) {
            Member member = pool.snapshot().members().get(i);
            monitor.probed(member, result(false, "refused"));
            monitor.probed(member, result(false, "refused"));
        }
        backends(pool).forEach(backend -> monitor.ended(backend, REFUSED, clock.millis()));

        assertThat(degraded()).isEqualTo(down + ejected);
    }

    @Test
    void mayEjectOnceMoreWhenAProbeHasConfirmedAnEjection() {
        fill(4);
        backends(pool).forEach(backend -> monitor.ended(backend, REFUSED, clock.millis()));
        assertThat(degraded()).isEqualTo(2);

        pool.snapshot().members().forEach(member -> monitor.probed(member, result(member.healthy(), "")));
        backends(pool).forEach(backend -> monitor.ended(backend, REFUSED, clock.millis()));
        assertThat(degraded())
                .as("two by probes, and one of the two that are left")
                .isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void neverEjectsMoreThanHalfWhateverTheOrder(long seed) throws Exception {
        int backends = 7;
        fill(backends);
        logger().setLevel(Level.OFF);
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                Random random = new Random(seed * 4 + thread);
                running.add(executor.submit(() -> {
                    for (int i = 0; i < 5_000; i++) {
                        Member member = pool.snapshot().members().get(random.nextInt(backends));
                        switch (random.nextInt(4)) {
                            case 0 -> monitor.probed(member, result(true, "200"));
                            case 1 -> monitor.ended(member.backend(), REFUSED, clock.millis());
                            default -> monitor.ended(member.backend(), new Answered(503), clock.millis());
                        }
                        assertThat(degraded()).isLessThanOrEqualTo(backends / 2);
                    }
                }));
            }
            for (Future<?> one : running) {
                one.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void flipsOnceHoweverManyAttemptsFailAtOnce() throws Exception {
        pass();
        ExecutorService executor = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                running.add(executor.submit(() -> {
                    for (int j = 0; j < 500; j++) {
                        end(REFUSED);
                    }
                }));
            }
            for (Future<?> one : running) {
                one.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS);
            }
        } finally {
            executor.shutdownNow();
        }

        assertThat(lines()).filteredOn(line -> line.startsWith("WARN")).hasSize(1);
        assertThat(health()).isEqualTo(Health.DEGRADED);
    }

    @Test
    void allocatesNothingForAnOrdinaryAnswer() {
        pass();
        Backend backend = member().backend();
        Outcome answered = new Answered(200);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 10_000; i++) {
            monitor.ended(backend, answered, 0);
        }

        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            monitor.ended(backend, answered, 0);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        // Less than a byte each; what remains is the measurement itself.
        assertThat(allocated).isLessThan(10_000);
    }

    @Test
    void asksAtOnceAfterWhatARequestMayHaveCausedAndDegradesNothing() {
        fill(4);
        List<Backend> asked = new ArrayList<>();
        monitor.whenInDoubt(asked::add);
        Outcome broken = new Failed(Phase.WAIT, Kind.CLOSED, "closed", false, true);
        backends(pool).forEach(backend -> monitor.ended(backend, broken, clock.millis()));
        backends(pool).forEach(backend -> monitor.ended(backend, broken, clock.millis()));

        assertThat(asked).containsExactlyElementsOf(backends(pool));
        assertThat(degraded()).isZero();
        monitor.probed(member(), result(false, "refused"));
        assertThat(member().cause()).isEqualTo("probe failed: refused");
        assertThat(degraded()).isEqualTo(1);
    }

    @Test
    void gatewayErrorsOfRequestsThatFailEverywhereDegradeNothing() {
        fill(4);
        for (int i = 0; i < 100; i++) {
            Backend backend = backends(pool).get(i % 4);
            monitor.ended(backend, new Answered(503), clock.millis());
            monitor.contradicted(backend, new Answered(503), clock.millis());
        }
        assertThat(degraded()).isZero();
    }

    @Test
    void fiveGatewayErrorsInARowThatAnotherBackendContradictsDegrade() {
        fill(2);
        for (int i = 0; i < 5; i++) {
            assertThat(degraded()).isZero();
            end(new Answered(503));
            monitor.ended(backends(pool).get(1), new Answered(200), clock.millis());
            monitor.contradicted(member().backend(), new Answered(503), clock.millis());
        }
        assertThat(member().cause()).isEqualTo("5 gateway errors in a row, the last: 503");
        assertThat(degraded()).isEqualTo(1);
    }

    @Test
    void aGrpcBackendThatFailsEveryCallIsDegraded() {
        fill(2);
        for (int i = 0; i < 6; i++) {
            end(new Answered(200, 14));
            monitor.ended(backends(pool).get(1), new Answered(200, 0), clock.millis());
        }
        assertThat(member().cause()).isEqualTo("5 gateway errors in a row, the last: grpc-status 14");
    }

    @Test
    void aClientThatChoosesItsBackendCannotEjectIt() {
        fill(4);
        for (int i = 0; i < 100; i++) {
            monitor.ended(member().backend(), new Answered(503), clock.millis(), true);
            monitor.ended(backends(pool).get(1), new Answered(200), clock.millis(), false);
        }
        assertThat(degraded()).isZero();
    }

    @Test
    void whileNoBackendIsHealthyTheFirstGoodProbeCounts() {
        fill(3);
        for (int outage = 0; outage < 20; outage++) {
            for (Member member : pool.snapshot().members()) {
                monitor.probed(member, result(false, "refused"));
                monitor.probed(member(member), result(false, "refused"));
            }
            assertThat(degraded()).isEqualTo(3);
            clock.advance(Duration.ofSeconds(4));
            for (Member member : pool.snapshot().members()) {
                monitor.probed(member, result(true, "200"));
                assertThat(member(member).healthy()).isTrue();
            }
        }
    }

    @Test
    void whatWasOwedIsForgivenWhenTheLastOneGoes() {
        fill(2);
        for (int relapse = 0; relapse < 3; relapse++) {
            end(REFUSED);
            while (!member().healthy()) {
                pass();
            }
        }
        end(REFUSED);
        pass();
        assertThat(member().healthy()).as("eight are owed").isFalse();
        Member second = pool.snapshot().members().get(1);
        monitor.probed(second, result(false, "refused"));
        monitor.probed(second, result(false, "refused"));
        assertThat(pool.snapshot().anyHealthy()).isFalse();
        fail("refused");
        monitor.probed(pool.snapshot().members().get(1), result(true, "200"));
        assertThat(pool.snapshot().anyHealthy()).isTrue();
        pass();

        assertThat(degraded()).as("and both are back with one good probe").isZero();
    }

    @Test
    void backendsThatAreOnlySilentAreTriedWhenThereIsNoOther() {
        fill(2);
        for (int i = 0; i < 2; i++) {
            monitor.probed(member(), silent());
            monitor.probed(pool.snapshot().members().get(1), result(false, "refused"));
        }
        assertThat(pool.snapshot().anyHealthy()).isFalse();
        assertThat(pool.snapshot().eligible()).containsExactly(member().backend());

        List<Backend> asked = new ArrayList<>();
        monitor.whenInDoubt(asked::add);
        end(new Answered(200));
        assertThat(asked).as("it responds, so that it is probed at once").containsExactly(member().backend());

        fail("refused");
        assertThat(pool.snapshot().eligible()).isEmpty();
        monitor.probed(member(), silent());
        assertThat(pool.snapshot().eligible()).containsExactly(member().backend());
        monitor.probed(pool.snapshot().members().get(1), result(true, "200"));
        assertThat(pool.snapshot().eligible())
                .containsExactly(pool.snapshot().members().get(1).backend());
    }

    private ProbeResult silent() {
        return new ProbeResult(ProbeResult.Verdict.FAILED, "timed out after 1s", Duration.ZERO, clock.instant(), true);
    }

    /** The member as it is now. */
    private Member member(Member before) {
        return pool.snapshot().members().stream()
                .filter(member -> member.backend() == before.backend())
                .findFirst()
                .orElseThrow();
    }

    private void fill(int backends) {
        pool.replace(IntStream.range(0, backends)
                .mapToObj(i -> spec("http://localhost:" + (9100 + i)))
                .toList());
        pool.snapshot().members().forEach(member -> monitor.probed(member, result(true, "200")));
    }

    private int degraded() {
        return (int) pool.snapshot().members().stream()
                .filter(member -> !member.healthy())
                .count();
    }

    private void pass() {
        monitor.probed(member(), result(true, "200"));
    }

    private void fail(String detail) {
        monitor.probed(member(), result(false, detail));
    }

    private void drain() {
        ProbeResult draining =
                new ProbeResult(ProbeResult.Verdict.DRAINING, "OUT_OF_SERVICE", Duration.ZERO, clock.instant());
        monitor.probed(member(), draining);
    }

    private void end(Outcome outcome) {
        monitor.ended(member().backend(), outcome, clock.millis());
    }

    private Member member() {
        return pool.snapshot().members().get(0);
    }

    private Health health() {
        return member().health();
    }

    private ProbeResult result(boolean passed, String detail) {
        return new ProbeResult(passed, detail, Duration.ZERO, clock.instant());
    }

    private List<String> lines() {
        return log.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(HealthMonitor.class);
    }
}
