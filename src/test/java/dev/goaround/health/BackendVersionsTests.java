package dev.goaround.health;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Health;
import dev.goaround.testing.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class BackendVersionsTests {

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
    private final List<String> asked = new ArrayList<>();
    private Optional<String> answer = Optional.of("1");
    private boolean spring = true;
    private final BackendVersions versions = new BackendVersions(
            pool,
            backend -> Mono.fromSupplier(() -> {
                asked.add(backend.id());
                return answer;
            }),
            this::settings,
            clock);

    @Test
    void asksOnceForEachComingBackAndEveryFiveMinutes() {
        Backend a = fill(pool, spec("http://a:1"), spec("http://b:1")).get(0);
        versions.look();
        versions.look();
        assertThat(asked).containsExactly("a-1", "b-1");
        assertThat(versions.version(a)).contains("1");

        clock.advance(Duration.ofSeconds(1));
        pool.report(a, Health.DRAINING, "OUT_OF_SERVICE");
        versions.look();
        assertThat(asked).as("not while it is away").hasSize(2);
        assertThat(versions.version(a)).contains("1");
        clock.advance(Duration.ofSeconds(1));
        pool.report(a, Health.HEALTHY, "UP");
        answer = Optional.of("2");
        versions.look();
        assertThat(asked).containsExactly("a-1", "b-1", "a-1");
        assertThat(versions.version(a)).contains("2");

        clock.advance(Duration.ofMinutes(5).minusSeconds(1));
        versions.look();
        assertThat(asked).as("b is due").hasSize(4);
        clock.advance(Duration.ofSeconds(1));
        answer = Optional.empty();
        versions.look();
        assertThat(asked).hasSize(5);
        assertThat(versions.version(a)).as("it tells no more").isEmpty();
    }

    @Test
    void forgetsWhoLeft() {
        Backend a = fill(pool, spec("http://a:1")).get(0);
        versions.look();
        fill(pool, spec("http://b:1"));
        pool.replace(List.of());
        versions.look();

        assertThat(versions.version(a)).isEmpty();
        assertThat(backends(pool)).isEmpty();
    }

    @Test
    void asksNobodyUnlessBackendsAreSpringBoots() {
        spring = false;
        fill(pool, spec("http://a:1"));
        versions.look();

        assertThat(asked).isEmpty();
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
                true,
                spring);
    }
}
