package dev.goaround.pool;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.lease;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.testing.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Backends that leave the pool while they have something to finish. */
class LeaverTests {

    private static final BackendSpec A = spec("http://a:1");
    private static final BackendSpec B = spec("http://b:1");
    private static final BackendSpec C = spec("http://c:1");
    private static final BackendSpec D = spec("http://d:1");

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);

    @Test
    void getsNothingNewAndIsRememberedUntilItIsForgotten() {
        List<Backend> both = fill(pool, A, B);
        Lease running = lease(pool, PickContext.FIRST);
        assertThat(running.backend()).isSameAs(both.get(0));
        clock.advance(Duration.ofSeconds(3));
        AtomicInteger changes = new AtomicInteger();
        pool.whenChanged(changes::incrementAndGet);

        pool.replace(List.of(B));

        assertThat(picked(4)).containsOnly("b-1");
        assertThat(pool.snapshot().leaving()).singleElement().satisfies(leaver -> {
            assertThat(leaver.backend()).isSameAs(both.get(0));
            assertThat(leaver.since()).isEqualTo(clock.instant());
            assertThat(leaver.serving()).isFalse();
        });
        assertThat(pool.snapshot().backends()).containsExactlyInAnyOrderElementsOf(both);
        assertThat(pool.snapshot().watched()).hasSize(1);
        running.end(new Outcome.Answered(200));

        assertThat(pool.forget(both.get(0))).isTrue();
        assertThat(pool.forget(both.get(0))).isFalse();
        assertThat(pool.snapshot().leaving()).isEmpty();
        assertThat(pool.snapshot().backends()).containsExactly(both.get(1));
        assertThat(changes).hasValue(2);
    }

    @Test
    void hasNoPlaceLeftOnceItIsForgotten() {
        Backend gone = fill(pool, A, B).get(0);
        pool.replace(List.of(B));
        pool.forget(gone);

        gone.limit(10);
        assertThat(gone.gone()).isTrue();
        assertThat(gone.tryAcquire()).isFalse();
    }

    @Test
    void isTheSameWhenItComesBackInTime() {
        Backend left = fill(pool, A, B).get(0);
        lease(pool, PickContext.FIRST);
        pool.replace(List.of(B));

        pool.replace(List.of(B, A));

        assertThat(backends(pool).get(1)).isSameAs(left);
        assertThat(pool.snapshot().leaving()).isEmpty();
        assertThat(picked(4)).containsOnly("a-1", "b-1");
        assertThat(pool.forget(left)).isFalse();
        assertThat(left.requests()).isEqualTo(3);
    }

    @Test
    void keepsItsIdToItselfUntilItIsForgotten() {
        fill(pool, A, B);
        BackendSpec other = new BackendSpec(A.uri(), 1, A.maxConnections(), false, Protocol.H2C);
        pool.replace(List.of(B, other));

        assertThat(pool.snapshot().members())
                .extracting(member -> member.backend().id())
                .containsExactly("b-1", "a-1-2");
        pool.forget(pool.snapshot().leaving().get(0).backend());
        assertThat(pool.ids(List.of(Listing.of(A, "configuration")))).containsExactly("a-1");
    }

    @Test
    void servesOnUntilTheFirstThatComesIsHealthy() {
        List<Backend> old = fill(pool, A, B);

        pool.replace(List.of(C, D));
        assertThat(picked(4)).containsOnly("a-1", "b-1");
        assertThat(pool.snapshot().anyHealthy()).isTrue();
        assertThat(pool.snapshot().leaving()).allMatch(Leaver::serving);
        assertThat(pool.snapshot().watched()).hasSize(4);

        clock.advance(Duration.ofSeconds(1));
        pool.report(backends(pool).get(0), Health.DEGRADED, "refused");
        assertThat(picked(4)).containsOnly("a-1", "b-1");

        clock.advance(Duration.ofSeconds(1));
        pool.report(backends(pool).get(1), Health.HEALTHY, "200");
        assertThat(picked(4)).containsOnly("d-1");
        assertThat(pool.snapshot().leaving())
                .extracting(Leaver::backend, Leaver::serving, Leaver::since)
                .containsExactlyElementsOf(old.stream()
                        .map(backend -> org.assertj.core.api.Assertions.tuple(backend, false, clock.instant()))
                        .toList());

        pool.report(backends(pool).get(1), Health.DEGRADED, "refused");
        assertThat(pool.lease(PickContext.FIRST)).isNull();
    }

    @Test
    void servesOnOnlyWhileItIsHealthyItself() {
        List<Backend> old = fill(pool, A, B);
        pool.replace(List.of(C));

        assertThat(pool.report(old.get(0), Health.DEGRADED, "refused")).isTrue();
        assertThat(picked(4)).containsOnly("b-1");
        assertThat(pool.report(old.get(1), Health.DEGRADED, "refused")).isTrue();
        assertThat(pool.lease(PickContext.FIRST)).isNull();
        pool.report(old.get(1), Health.HEALTHY, "200");
        assertThat(picked(2)).containsOnly("b-1");
    }

    @Test
    void doesNotServeWhereNobodyComes() {
        fill(pool, A, B);
        pool.replace(List.of());
        assertThat(pool.lease(PickContext.FIRST)).isNull();

        List<Backend> again = fill(pool, A, B);
        pool.report(again.get(1), Health.DEGRADED, "refused");
        pool.replace(List.of(B));
        assertThat(pool.lease(PickContext.FIRST)).isNull();
    }

    @Test
    void doesNotServeWhereOneThatStaysIsHealthy() {
        fill(pool, A, B);
        pool.replace(List.of(B, C, D));
        assertThat(picked(4)).containsOnly("b-1");
    }

    @Test
    void doesNotServeIfItHadNothingBefore() {
        fill(pool, A);
        pool.update(List.of(new Listing(A, List.of("configuration"), OperatorState.DRAINING)));
        pool.replace(List.of(C));
        assertThat(pool.lease(PickContext.FIRST)).isNull();
    }

    private List<String> picked(int times) {
        return Stream.generate(() -> lease(pool, PickContext.FIRST))
                .limit(times)
                .map(lease -> {
                    lease.end(new Outcome.Answered(200));
                    return lease.backend().id();
                })
                .toList();
    }
}
