package dev.goaround.health;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Circumstances;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import dev.goaround.pool.PickContext;
import dev.goaround.testing.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever clients ask for, backends that answer their probes stay: played at full speed, without sockets, from fixed seeds. */
class HostileClientsTests {

    private static final int BACKENDS = 6;

    private static final int REQUESTS = Integer.getInteger("hostile.requests", 20_000);

    private static final Outcome WELL = new Answered(200);

    /** What requests for each hostile path come to, wherever they go. */
    private static final List<Function<Random, Outcome>> PATHS = List.of(
            random -> new Answered(502 + random.nextInt(3)),
            random -> new Answered(500),
            random -> new Answered(200, 14),
            random -> new Answered(200, 13),
            random -> failed(Phase.WAIT, Kind.CLOSED, Circumstances.NONE),
            random -> failed(Phase.BODY, Kind.CLOSED, Circumstances.NONE),
            random -> failed(Phase.WAIT, Kind.TIMEOUT, Circumstances.NONE),
            random -> failed(Phase.BODY, Kind.TIMEOUT, Circumstances.NONE),
            random -> failed(Phase.WAIT, Kind.MALFORMED, Circumstances.NONE),
            random -> failed(Phase.WAIT, Kind.CLOSED, reset(random.nextInt(16))),
            random -> failed(Phase.BODY, Kind.CLOSED, reset(random.nextInt(16))),
            random -> failed(Phase.WRITE, Kind.CLOSED, new Circumstances(false, true, Circumstances.NO_STREAM_ERROR)),
            random -> random.nextBoolean() ? new Answered(503) : WELL,
            random -> random.nextBoolean() ? new Answered(500) : WELL);

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("least-requests").orElseThrow(), clock);
    private final HealthMonitor monitor = new HealthMonitor(pool, HostileClientsTests::settings, clock);
    private final OutlierDetector detector = new OutlierDetector(pool, monitor, HostileClientsTests::settings);
    private final List<String> ejected = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void noRequestTakesOutABackendThatAnswersItsProbes(long seed) {
        Random random = new Random(seed);
        begin();
        for (int path = 0; path < PATHS.size(); path++) {
            play(random, List.of(PATHS.get(path)), 0.1 + 0.8 * random.nextDouble(), null);
        }
        play(random, PATHS, 0.5, null);
        play(random, PATHS, 0.5, backends(pool).get(0));
        assertThat(ejected).isEmpty();
    }

    private void begin() {
        pool.replace(IntStream.range(0, BACKENDS)
                .mapToObj(i -> spec("http://localhost:" + (9000 + i)))
                .toList());
        backends(pool).forEach(this::probe);
        pool.observe(monitor);
        pool.observe(detector);
        monitor.whenInDoubt(this::probe);
        monitor.observe(new HealthObserver() {
            @Override
            public void probed(Backend backend, ProbeResult result) {}

            @Override
            public void flipped(Backend backend, Health to, String cause, boolean ejection) {
                if (to != Health.HEALTHY) {
                    ejected.add(backend + " by " + cause);
                }
            }
        });
    }

    /**
     * @param hostile the share of such requests
     * @param chosen the backend that the hostile client stays with; null if it goes wherever it is sent
     */
    private void play(Random random, List<Function<Random, Outcome>> paths, double hostile, @Nullable Backend chosen) {
        for (int i = 0; i < REQUESTS / PATHS.size(); i++) {
            clock.advance(Duration.ofMillis(1 + random.nextInt(10)));
            if (i % 200 == 0) {
                detector.evaluate();
                backends(pool).forEach(this::probe);
            }
            if (random.nextDouble() < hostile) {
                Function<Random, Outcome> path = paths.get(random.nextInt(paths.size()));
                boolean repeated = random.nextBoolean();
                send(() -> path.apply(random), PickContext.FIRST.stuckTo(chosen), repeated);
            } else {
                send(() -> WELL, PickContext.FIRST, true);
            }
        }
    }

    /** Sends one request, and again elsewhere if it fails and may be repeated, as the proxy does. */
    private void send(Supplier<Outcome> path, PickContext context, boolean repeatable) {
        List<Backend> tried = new ArrayList<>();
        List<Lease> failed = new ArrayList<>();
        List<Outcome> failures = new ArrayList<>();
        PickContext untried = context.after(tried);
        for (int attempt = 0; attempt < BACKENDS; attempt++) {
            Lease lease = pool.lease(untried);
            if (lease == null) {
                return;
            }
            Outcome outcome = path.get();
            lease.end(outcome);
            tried.add(lease.backend());
            boolean well = outcome instanceof Answered answered && !answered.serverError();
            if (well && failed.size() == 1) {
                failed.get(0).contradicted(failures.get(0));
            }
            if (well || !repeatable) {
                return;
            }
            failed.add(lease);
            failures.add(outcome);
        }
    }

    private void probe(Backend backend) {
        pool.snapshot().members().stream()
                .filter(member -> member.backend() == backend)
                .forEach(
                        member -> monitor.probed(member, new ProbeResult(true, "200", Duration.ZERO, clock.instant())));
    }

    private static Failed failed(Phase phase, Kind kind, Circumstances circumstances) {
        return new Failed(phase, kind, "test", false, true, circumstances);
    }

    private static Circumstances reset(long code) {
        return new Circumstances(false, false, code);
    }

    private static HealthSettings settings() {
        return new HealthSettings(
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
    }
}
