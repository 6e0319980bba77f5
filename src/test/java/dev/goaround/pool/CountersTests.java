package dev.goaround.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CountersTests {

    private final Counters counters = new Counters();

    @Test
    void countsOnFewPagesAndOnLinesOfTheirOwnWhileThereAreSome() {
        List<Backend> backends = backends(Counters.PAGE + 2);
        int lines = Counters.PAGE / Counters.LINE;

        assertThat(backends.stream().map(Backend::counter).distinct()).hasSize(backends.size());
        assertThat(backends.stream()
                        .limit(lines)
                        .map(each -> each.counter().index() / Counters.LINE)
                        .distinct())
                .hasSize(lines);
        assertThat(backends.get(0).counter().page())
                .isSameAs(backends.get(Counters.PAGE - 1).counter().page())
                .isNotSameAs(backends.get(Counters.PAGE).counter().page());
    }

    @Test
    void readsWhatEachHasInFlightWhereverThatIs() {
        List<Backend> backends = backends(Counters.PAGE + 2);
        for (int i = 0; i < 3; i++) {
            assertThat(backends.get(Counters.PAGE + 1).tryAcquire()).isTrue();
        }
        assertThat(backends.get(5).tryAcquire()).isTrue();
        Loads all = new Loads(backends);
        Loads some = new Loads(List.of(backends.get(9), backends.get(5), backends.get(2)));

        assertThat(all.of(Counters.PAGE + 1)).isEqualTo(3);
        assertThat(all.sum()).isEqualTo(4);
        assertThat(all.below(3, Counters.PAGE + 1, Counters.PAGE + 2)).isEqualTo(Counters.PAGE + 2);
        assertThat(all.below(1, 5, 10)).isEqualTo(6);
        assertThat(some.of(1)).isOne();
        assertThat(some.sum()).isOne();
        assertThat(some.below(1, 1, 3)).isEqualTo(2);
    }

    @Test
    void givesAPlaceToAnotherOnlyWhenNobodyHoldsTheOneBefore() {
        List<Backend> held = backends(10);
        Counters.Place place = forgotten();

        await().until(() -> {
            System.gc();
            Backend next = backend(0);
            assertThat(held).noneMatch(each -> each.counter().equals(next.counter()));
            assertThat(next.inFlight()).isZero();
            return next.counter().equals(place);
        });
    }

    /** Where a backend counted that left with a request in flight. */
    private Counters.Place forgotten() {
        Backend backend = backend(0);
        backend.tryAcquire();
        return backend.counter();
    }

    private List<Backend> backends(int count) {
        return IntStream.range(0, count).mapToObj(this::backend).toList();
    }

    private Backend backend(int number) {
        return new Backend("b" + number, Pools.spec("http://b" + number + ":1"), new ManualClock(), counters);
    }
}
