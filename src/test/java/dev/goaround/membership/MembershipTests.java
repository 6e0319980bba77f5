package dev.goaround.membership;

import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class MembershipTests {

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
    private final Membership membership = new Membership(pool, Pools.names(), clock);

    @Test
    void mergesSourcesAndNamesThem() {
        membership.update("configuration", List.of(spec("http://a:1", 3, 9), spec("http://b:1")));
        membership.update("file", List.of(spec("http://B:1/"), spec("http://c:1"), spec("http://a:1")));

        assertThat(pool.snapshot().members())
                .extracting(
                        member -> member.backend().id(),
                        member -> member.backend().spec().weight(),
                        member -> member.sources())
                .containsExactly(
                        tuple("a-1", 3, List.of("configuration", "file")),
                        tuple("b-1", 1, List.of("configuration", "file")),
                        tuple("c-1", 1, List.of("file")));
    }

    @Test
    void logsTheFirstPartsOfALargeChangeAndKeepsAll(CapturedOutput output) {
        membership.started();
        membership.update(
                "file",
                IntStream.range(0, 100)
                        .mapToObj(i -> spec("http://b" + i + ":1"))
                        .toList());

        assertThat(membership.changes().get(0).lines()).hasSize(100);
        assertThat(output.getAll())
                .contains("change 1 by file: added b0-1")
                .contains("b9-1 (http://b9:1); and more, which");
    }

    @Test
    void saysThatThereMayBeSomebodyNewOnceHeIsInThePool() {
        List<Integer> sizes = new ArrayList<>();
        membership.whenUpdated(() -> sizes.add(pool.snapshot().members().size()));
        membership.update("configuration", List.of(spec("http://a:1")));
        membership.update("file", List.of(spec("http://b:1")));
        assertThat(sizes).containsExactly(1, 2);
    }

    @Test
    void keepsABackendForAsLongAsAnySourceListsIt() {
        membership.update("configuration", List.of(spec("http://a:1", 3, 9)));
        membership.update("file", List.of(spec("http://a:1")));
        Backend backend = Pools.backends(pool).get(0);

        membership.update("configuration", List.of());

        assertThat(Pools.backends(pool)).containsExactly(backend);
        assertThat(backend.spec().weight()).isOne();
        assertThat(pool.snapshot().members().get(0).sources()).containsExactly("file");
        membership.update("file", List.of());
        assertThat(pool.snapshot().members()).isEmpty();
    }
}
