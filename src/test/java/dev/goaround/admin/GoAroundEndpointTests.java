package dev.goaround.admin;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.health.ProbeResult;
import dev.goaround.observe.EventLog;
import dev.goaround.observe.FailureLog;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Listing;
import dev.goaround.pool.OperatorState;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Phase;
import dev.goaround.pool.PickContext;
import dev.goaround.retry.Attempt;
import dev.goaround.retry.TroubledRequest;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class GoAroundEndpointTests {

    private static final Instant START = Instant.parse("2026-11-22T10:00:00.123456789Z");

    private final TickingClock clock = new TickingClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
    private final AtomicReference<String> policy = new AtomicReference<>("round-robin");
    private final Map<Backend, ProbeResult> probes = new HashMap<>();
    private final FailureLog failures = new FailureLog();
    private final GoAroundEndpoint endpoint = new GoAroundEndpoint(
            pool,
            failures,
            new EventLog(clock),
            new StatusSources(
                    "1.2.3",
                    policy::get,
                    backend -> Optional.ofNullable(probes.get(backend)),
                    backend -> Optional.empty(),
                    List::of,
                    ConfigurationView::none,
                    List::of),
            new StateFile(null, clock),
            clock);

    @Test
    void anEmptyPoolHasZeroTotals() {
        assertThat(endpoint.pool().backends()).isEmpty();
        assertThat(endpoint.pool().totals()).isEqualTo(new TotalsView(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void uptimeIsCountedFromTheEndpointsCreation() {
        clock.advance(Duration.ofMillis(1500));

        assertThat(endpoint.pool().startedAt()).isEqualTo("2026-11-22T10:00:00.123Z");
        assertThat(endpoint.pool().uptimeMillis()).isEqualTo(1500);
    }

    @Test
    void policyIsAskedAnewForEveryAnswer() {
        policy.set("least-requests");

        assertThat(endpoint.pool().policy()).isEqualTo("least-requests");
    }

    @Test
    void aNewBackendIsDegradedAndWithoutAProbe() {
        pool.replace(List.of(spec("http://localhost:9000")));

        BackendView view = view("localhost-9000");

        assertThat(view.state()).isEqualTo("degraded");
        assertThat(view.cause()).isEqualTo("not probed yet");
        assertThat(view.lastProbe()).isNull();
    }

    @Test
    void aBackendThatAskedToBeLeftAloneShowsUntilWhen() {
        pool.replace(List.of(spec("http://localhost:9000")));
        assertThat(view("localhost-9000").restsUntil()).isNull();
        pool.rest(pool.snapshot().members().get(0).backend(), "/later", Duration.ofSeconds(30));

        assertThat(view("localhost-9000").restsUntil())
                .isEqualTo(clock.instant().plusSeconds(30).truncatedTo(ChronoUnit.MILLIS));
        clock.advance(Duration.ofSeconds(31));
        assertThat(view("localhost-9000").restsUntil()).isNull();
    }

    @Test
    void anUnknownIdHasNoView() {
        assertThat(endpoint.backend("nobody")).isNull();
    }

    @Test
    void stateShowsSinceWhenAndWhy() {
        pool.replace(List.of(spec("http://localhost:9000")));
        clock.advance(Duration.ofSeconds(2));
        pool.report(backend("localhost-9000"), Health.HEALTHY, "200 in 1 probe");
        clock.advance(Duration.ofSeconds(5));

        BackendView view = view("localhost-9000");

        assertThat(view.state()).isEqualTo("healthy");
        assertThat(view.since()).isEqualTo("2026-11-22T10:00:02.123Z");
        assertThat(view.cause()).isEqualTo("200 in 1 probe");
    }

    @Test
    void whatAnOperatorSaidIsShownBeforeHealth() {
        pool.replace(List.of(spec("http://localhost:9000")));
        pool.report(backend("localhost-9000"), Health.HEALTHY, "probe answered 200");
        clock.advance(Duration.ofSeconds(2));
        state(OperatorState.DISABLED);
        clock.advance(Duration.ofSeconds(5));
        state(OperatorState.DISABLED);

        BackendView view = view("localhost-9000");

        assertThat(view.state()).isEqualTo("disabled");
        assertThat(view.since()).isEqualTo("2026-11-22T10:00:02.123Z");
        assertThat(view.cause()).isEqualTo("by an operator; otherwise healthy: probe answered 200");
        assertThat(endpoint.pool().totals().disabled()).isOne();
        assertThat(endpoint.pool().totals().healthy()).isZero();
        state(OperatorState.DRAINING);
        assertThat(view("localhost-9000").since()).isEqualTo("2026-11-22T10:00:07.123Z");
        assertThat(endpoint.pool().totals().draining()).isOne();
        state(OperatorState.READY);
        assertThat(view("localhost-9000").state()).isEqualTo("healthy");
        assertThat(view("localhost-9000").since()).isEqualTo("2026-11-22T10:00:00.123Z");
    }

    private void state(OperatorState state) {
        pool.update(List.of(new Listing(spec("http://localhost:9000"), List.of("configuration"), state)));
    }

    @Test
    void lastProbeIsShownToATenthOfAMillisecond() {
        pool.replace(List.of(spec("http://localhost:9000")));
        probes.put(backend("localhost-9000"), new ProbeResult(false, "refused", Duration.ofNanos(1_260_000), START));

        assertThat(view("localhost-9000").lastProbe())
                .isEqualTo(new ProbeView(Instant.parse("2026-11-22T10:00:00.123Z"), false, "refused", 1.3));
    }

    @Test
    void totalsAreTheSumsOverTheBackends() {
        pool.replace(
                List.of(spec("http://localhost:9000"), spec("http://localhost:9001"), spec("http://localhost:9002")));
        pool.report(backend("localhost-9000"), Health.HEALTHY, "200");
        pool.report(backend("localhost-9002"), Health.DRAINING, "OUT_OF_SERVICE");
        pool.lease(PickContext.FIRST);
        Lease failed = requireNonNull(pool.lease(PickContext.FIRST));
        failed.end(new Outcome.Answered(503));
        count(backend("localhost-9000"), 1);
        count(backend("localhost-9001"), 10);

        assertThat(endpoint.pool().totals()).isEqualTo(new TotalsView(3, 1, 1, 1, 0, 1, 11, 22, 55, 2, 1, 33, 44));
    }

    /** Counts by multiples that no other counter has, so that swapped ones are noticed. */
    private static void count(Backend backend, int unit) {
        backend.openConnections().set(unit);
        backend.idleConnections().set(2 * unit);
        backend.tunnels().set(5 * unit);
        backend.bytesSent().add(3L * unit);
        backend.bytesReceived().add(4L * unit);
    }

    @Test
    void saysWhyRequestsFailedTheLatestFirst() {
        failures.accept(troubled("/one", List.of()));
        failures.accept(troubled(
                "/two", List.of(new Attempt("a-1", true, Phase.WAIT, Duration.ofMillis(12), "closed by the backend"))));

        FailuresView view = (FailuresView) requireNonNull(endpoint.backend("failures"));

        assertThat(view.requests()).extracting(FailuresView.RequestView::path).containsExactly("/two", "/one");
        assertThat(view.requests().get(0).attempts())
                .containsExactly(new FailuresView.AttemptView("a-1", "reused", "wait", 12.0, "closed by the backend"));
    }

    @Test
    void remembersTheLast256Failures() {
        for (int i = 0; i < 300; i++) {
            failures.accept(troubled("/" + i, List.of()));
        }
        assertThat(failures.latest())
                .hasSize(256)
                .first()
                .satisfies(latest -> assertThat(latest.path()).isEqualTo("/299"));
    }

    private static TroubledRequest troubled(String path, List<Attempt> attempts) {
        return new TroubledRequest(
                START, "id-" + path, "GET", path, 502, "the backend broke off", 0, attempts, List.of());
    }

    private BackendView view(String id) {
        return (BackendView) requireNonNull(endpoint.backend(id));
    }

    private Backend backend(String id) {
        return pool.snapshot().member(id).orElseThrow().backend();
    }

    private static BackendSpec spec(String url) {
        return new BackendSpec(URI.create(url), 1, 1024, false);
    }

    private static final class TickingClock extends Clock {

        private Instant now = START;

        void advance(Duration step) {
            now = now.plus(step);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
