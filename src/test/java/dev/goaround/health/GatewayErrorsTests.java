package dev.goaround.health;

import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.testing.ManualClock;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GatewayErrorsTests {

    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), new ManualClock());
    private final List<Backend> backends =
            fill(pool, spec("http://a:1"), spec("http://b:1"), spec("http://c:1"), spec("http://d:1"));
    private final GatewayErrors errors = new GatewayErrors();

    @Test
    void speakAgainstABackendWhileOthersRespondWell() {
        assertThat(error(0, true, 0)).as("nothing is known of others").isFalse();
        responses(4);
        assertThat(error(0, false, 1)).as("too little is").isFalse();
        responses(1);
        assertThat(error(0, false, 2)).isTrue();
    }

    @Test
    void sayNothingWhileAnotherBackendHasThemToo() {
        error(1, true, 0);
        error(0, true, 0);
        responses(50);
        assertThat(error(0, false, 9_999)).isFalse();
        assertThat(error(0, false, 10_000)).as("that is long ago").isTrue();
        assertThat(error(0, false, -10_000))
                .as("and so it is with the clock set back")
                .isTrue();
    }

    @Test
    void countResponsesSinceTheFirstOfThemOnly() {
        responses(50);
        assertThat(error(0, true, 0)).isFalse();
        assertThat(error(0, false, 0)).isFalse();
    }

    @Test
    void areAboutTheRequestsWhereMostBackendsHaveThem() {
        error(0, true, 0);
        error(1, true, 0);
        assertThat(errors.widespread(pool.snapshot().members(), 1)).as("half").isFalse();
        error(2, true, 0);
        assertThat(errors.widespread(pool.snapshot().members(), 1)).isTrue();
        assertThat(errors.widespread(pool.snapshot().members(), 10_000)).isFalse();
    }

    @Test
    void ofBackendsThatLeftAreForgotten() {
        error(1, true, 0);
        errors.keepOnly(Set.of(backends.get(0)));
        error(0, true, 0);
        responses(5);
        assertThat(error(0, false, 1)).isTrue();
    }

    private boolean error(int backend, boolean first, long now) {
        errors.failed(backends.get(backend), first, now);
        return errors.alone(backends.get(backend), now);
    }

    private void responses(int count) {
        for (int i = 0; i < count; i++) {
            errors.answered();
        }
    }
}
