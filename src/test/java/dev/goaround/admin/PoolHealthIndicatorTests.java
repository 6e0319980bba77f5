package dev.goaround.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.pool.Listing;
import dev.goaround.pool.OperatorState;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;

class PoolHealthIndicatorTests {

    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), Clock.systemUTC());
    private final PoolHealthIndicator indicator = new PoolHealthIndicator(pool);

    @Test
    void isDownWithoutBackends() {
        assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
        assertThat(indicator.health().getDetails())
                .containsOnly(entry("healthy", 0L), entry("draining", 0L), entry("backends", 0));
    }

    @Test
    void isDownWhileEveryBackendIsDegraded() {
        pool.replace(List.of(spec(9000, false), spec(9001, false)));

        assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
        assertThat(indicator.health().getDetails())
                .containsOnly(entry("healthy", 0L), entry("draining", 0L), entry("backends", 2));
    }

    @Test
    void isUpWithOneHealthyBackendEvenABackup() {
        pool.replace(List.of(spec(9000, false), spec(9001, true)));
        pool.report(pool.snapshot().members().get(1).backend(), Health.HEALTHY, "200");

        assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
        assertThat(indicator.health().getDetails())
                .containsOnly(entry("healthy", 1L), entry("draining", 0L), entry("backends", 2));
    }

    @Test
    void countsDrainingBackendsApart() {
        pool.replace(List.of(spec(9000, false), spec(9001, true)));
        pool.report(pool.snapshot().members().get(0).backend(), Health.DRAINING, "OUT_OF_SERVICE");

        assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
        assertThat(indicator.health().getDetails())
                .containsOnly(entry("healthy", 0L), entry("draining", 1L), entry("backends", 2));
    }

    @Test
    void isDownWhileOperatorsKeepTrafficFromAllThatAreHealthy() {
        pool.update(List.of(
                new Listing(spec(9000, false), List.of("configuration"), OperatorState.DISABLED),
                new Listing(spec(9001, false), List.of("configuration"), OperatorState.DRAINING)));
        pool.snapshot().members().forEach(member -> pool.report(member.backend(), Health.HEALTHY, "200"));

        assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
        assertThat(indicator.health().getDetails())
                .containsOnly(entry("healthy", 0L), entry("draining", 1L), entry("backends", 2));
    }

    private static BackendSpec spec(int port, boolean backup) {
        return new BackendSpec(URI.create("http://localhost:" + port), 1, 1024, backup);
    }
}
