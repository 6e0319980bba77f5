package dev.goaround.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.observe.TrafficFigures;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Eligibility;
import dev.goaround.pool.Health;
import dev.goaround.pool.Listing;
import dev.goaround.pool.OperatorState;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTests {

    private static final TrafficFigures QUIET = figures(100, 0);

    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), new ManualClock());

    @Test
    void allIsWell() {
        Pools.fill(pool, Pools.spec("http://a:1"), Pools.spec("http://b:1"));
        assertThat(verdict()).isEqualTo(new Verdict("good", "All 2 backends are healthy."));
        Pools.fill(pool, Pools.spec("http://a:1"));
        assertThat(verdict()).isEqualTo(new Verdict("good", "The backend is healthy."));
    }

    @Test
    void thereAreNoBackends() {
        assertThat(verdict()).isEqualTo(new Verdict("bad", "There are no backends: every request gets 503."));
    }

    @Test
    void someAreIll() {
        List<Backend> backends =
                Pools.fill(pool, Pools.spec("http://a:1"), Pools.spec("http://b:1"), Pools.spec("http://c:1"));
        pool.report(backends.get(1), Health.DEGRADED, "connection refused");
        assertThat(verdict())
                .isEqualTo(new Verdict(
                        "warning", "1 of 3 backends is ill; the others get its traffic. b-1: connection refused."));
        pool.report(backends.get(2), Health.DEGRADED, "timed out");
        assertThat(verdict().words())
                .isEqualTo("2 of 3 backends are ill; the other one gets their traffic."
                        + " b-1: connection refused. c-1: timed out.");
        pool.report(backends.get(0), Health.DEGRADED, "timed out");
        assertThat(verdict().level()).isEqualTo("bad");
        assertThat(verdict().words()).startsWith("No backend can be used: every request gets 503. a-1: timed out.");
    }

    @Test
    void backupsAreAllThatIsLeft() {
        List<Backend> backends = Pools.fill(pool, Pools.spec("http://a:1"), Pools.backup("http://b:1"));
        pool.report(backends.get(0), Health.DEGRADED, "timed out");
        assertThat(verdict().level()).isEqualTo("warning");
        assertThat(verdict().words()).endsWith("Only backups are left.");
    }

    @Test
    void panicReigns() {
        BackendPool panicky = new BackendPool(
                Balancers.named("round-robin").orElseThrow(), new Eligibility(60, null), new ManualClock());
        List<Backend> backends = Pools.fill(panicky, Pools.spec("http://a:1"), Pools.spec("http://b:1"));
        panicky.report(backends.get(0), Health.DEGRADED, "timed out");
        assertThat(Verdict.of(panicky.snapshot(), 0, QUIET).level()).isEqualTo("bad");
        assertThat(Verdict.of(panicky.snapshot(), 0, QUIET).words()).contains("all are used");
    }

    @Test
    void anOperatorKeepsABackendFromTraffic() {
        Pools.fill(pool, Pools.spec("http://a:1"), Pools.spec("http://b:1"));
        pool.update(List.of(
                Listing.of(Pools.spec("http://a:1"), "configuration"),
                new Listing(Pools.spec("http://b:1"), List.of("configuration"), OperatorState.DRAINING)));
        assertThat(verdict()).isEqualTo(new Verdict("good", "1 backend is kept from traffic by an operator."));
    }

    @Test
    void usersNotice() {
        Pools.fill(pool, Pools.spec("http://a:1"), Pools.spec("http://b:1"));
        assertThat(Verdict.of(pool.snapshot(), 1, QUIET))
                .isEqualTo(new Verdict(
                        "warning",
                        "All 2 backends are healthy. 1 request waits for a free place, since every backend is full."));
        assertThat(Verdict.of(pool.snapshot(), 0, figures(1000, 25)))
                .isEqualTo(new Verdict(
                        "warning", "All 2 backends are healthy. 2.5 % of the requests of the last minute failed."));
    }

    private Verdict verdict() {
        return Verdict.of(pool.snapshot(), 0, QUIET);
    }

    private static TrafficFigures figures(long requests, long errors) {
        Duration latency = Duration.ofMillis(1);
        return new TrafficFigures(Duration.ofMinutes(1), requests, errors, latency, latency, latency);
    }
}
