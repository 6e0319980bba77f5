package dev.goaround.membership;

import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Member;
import dev.goaround.pool.OperatorState;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operators say while GoAround runs, above what the other sources list. */
class OperatorTests {

    private static final BackendSpec A = spec("http://a:1");
    private static final BackendSpec B = spec("http://b:1");
    private static final BackendSpec C = spec("http://c:1");

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
    private final Membership membership = new Membership(pool, Pools.names(), clock);

    @BeforeEach
    void start() {
        membership.update("configuration", List.of(A, B));
        membership.started();
    }

    @Test
    void addsBehindWhatIsListed() {
        Change change = change(Edit.add(List.of(C)));

        assertThat(change.lines()).containsExactly("added c-1 (http://c:1)");
        assertThat(members()).containsExactly("a-1 [configuration]", "b-1 [configuration]", "c-1 [operator]");
    }

    @Test
    void addsNothingThatIsThere() {
        Backend before = Pools.backends(pool).get(0);
        assertThatThrownBy(() -> membership.change(Edit.add(List.of(C, spec("http://A:1/"))), "loopback"))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessage("http://A:1/: is in the pool already");
        assertThat(members()).hasSize(2);
        assertThat(Pools.backends(pool).get(0)).isSameAs(before);
    }

    @Test
    void removesWhoeverListsIt() {
        assertThat(change(Edit.remove("http://a:1")).lines()).containsExactly("removed a-1 (http://a:1)");
        membership.update("file", List.of(A));
        assertThat(members()).containsExactly("b-1 [configuration]");

        assertThat(change(Edit.add(List.of(A))).lines()).hasSize(1);
        assertThat(members()).containsExactly("a-1 [operator, configuration, file]", "b-1 [configuration]");
    }

    @Test
    void setsWeightLimitAndState() {
        Change change = change(set("http://a:1", 3, MaxConnections.valueOf(7), OperatorState.DRAINING));

        assertThat(change.lines())
                .containsExactly(
                        "weight of a-1: 1 -> 3",
                        "max-connections of a-1: 1024 -> 7",
                        "state of a-1: ready -> draining");
        Member member = pool.snapshot().members().get(0);
        assertThat(member.backend().spec()).isEqualTo(spec("http://a:1", 3, 7));
        assertThat(member.state()).isEqualTo(OperatorState.DRAINING);
        assertThat(member.sources()).containsExactly("configuration");
    }

    @Test
    void sticksToItsWordWhateverSourcesSayLater() {
        change(set("http://a:1", 3, null, OperatorState.DISABLED));
        membership.update("configuration", List.of(B));
        membership.update("configuration", List.of(spec("http://a:1", 5, 9), B));

        assertThat(pool.snapshot().members().get(0).backend().spec()).isEqualTo(spec("http://a:1", 3, 9));
        assertThat(pool.snapshot().members().get(0).state()).isEqualTo(OperatorState.DISABLED);

        change(set("http://a:1", 5, null, OperatorState.READY));
        membership.update("configuration", List.of(spec("http://a:1", 8, 9), B));
        assertThat(pool.snapshot().members().get(0).backend().spec().weight()).isEqualTo(8);
    }

    @Test
    void replacesTheWholeList() {
        change(set("http://b:1", null, null, OperatorState.DRAINING));
        Backend stays = Pools.backends(pool).get(1);
        Change change = change(Edit.replace(List.of(spec("http://b:1", 4, 1024), C)));

        assertThat(change.lines())
                .containsExactly("weight of b-1: 1 -> 4", "added c-1 (http://c:1)", "removed a-1 (http://a:1)");
        assertThat(members()).containsExactly("b-1 [operator, configuration]", "c-1 [operator]");
        assertThat(Pools.backends(pool).get(0)).isSameAs(stays);
        assertThat(pool.snapshot().members().get(0).state()).isEqualTo(OperatorState.DRAINING);

        change(Edit.replace(List.of(B, A)));
        assertThat(members()).containsExactly("a-1 [configuration]", "b-1 [configuration]");
    }

    @Test
    void whatChangesNothingIsNoChange() {
        assertThat(membership.change(set("http://a:1", 1, null, OperatorState.READY), "loopback"))
                .isEmpty();
        assertThat(membership.change(Edit.replace(List.of(A, B)), "loopback")).isEmpty();
        membership.update("configuration", List.of(A, B));
        assertThat(membership.changes()).isEmpty();
    }

    @Test
    void sayWhatWouldChange() {
        assertThat(membership.preview(Edit.replace(List.of(C))))
                .containsExactly("added c-1 (http://c:1)", "removed a-1 (http://a:1)", "removed b-1 (http://b:1)");
        assertThat(members()).containsExactly("a-1 [configuration]", "b-1 [configuration]");
        assertThat(membership.changes()).isEmpty();
    }

    @Test
    void remembersTheLatestHundredChangesOfAllSources() {
        membership.update("file", List.of(C));
        clock.advance(Duration.ofSeconds(1));
        change(set("http://a:1", 3, null, null));

        assertThat(membership.changes())
                .extracting(Change::number, Change::source, Change::by, Change::lines, Change::at)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple(
                                2L, "operator", "loopback", List.of("weight of a-1: 1 -> 3"), clock.instant()),
                        org.assertj.core.api.Assertions.tuple(
                                1L,
                                "file",
                                null,
                                List.of("added c-1 (http://c:1)"),
                                clock.instant().minusSeconds(1)));
        for (int i = 0; i < 120; i++) {
            change(set("http://b:1", 2 + i, null, null));
        }
        assertThat(membership.changes()).hasSize(100);
        assertThat(membership.changes().get(0).number()).isEqualTo(122);
        assertThat(membership.undo(22)).isEmpty();
        assertThat(membership.undo(23)).isPresent();
        assertThat(membership.undo(123)).isEmpty();
    }

    @Test
    void takesAChangeBack() {
        long added = change(Edit.add(List.of(C))).number();
        long weight = change(set("http://a:1", 3, null, null)).number();
        long removed = change(Edit.remove("http://b:1")).number();

        assertThat(undo(removed).lines()).containsExactly("added b-1 (http://b:1)");
        assertThat(undo(added).lines()).containsExactly("removed c-1 (http://c:1)");
        Change undone = undo(weight);
        assertThat(undone.lines()).containsExactly("weight of a-1: 3 -> 1");
        assertThat(members()).containsExactly("a-1 [configuration]", "b-1 [configuration]");
        assertThat(undo(undone.number()).lines()).containsExactly("weight of a-1: 1 -> 3");
    }

    @Test
    void takesNothingBackThatWasOverruled() {
        long first = change(set("http://a:1", 3, null, null)).number();
        change(set("http://b:1", 3, null, null));
        change(set("http://a:1", 4, null, null));

        assertThatThrownBy(() -> undo(first))
                .hasMessage("change 1 can't be undone: change 3 has said something else of http://a:1 since");
        membership.update("file", List.of(C));
        assertThatThrownBy(() -> undo(4))
                .hasMessage("change 4 can't be undone here: it came from file, which is to be changed itself");
    }

    @Test
    void goesOnAfterARestart() {
        List<OperatorLayer> stored = new ArrayList<>();
        membership.whenOperatorsSpoke(stored::add);
        change(Edit.add(List.of(C)));
        change(Edit.remove("http://a:1"));
        change(set("http://b:1", 3, null, OperatorState.DRAINING));
        List<String> before = members();

        BackendPool other = new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
        Membership again = new Membership(other, Pools.names(), clock);
        again.restore(stored.get(2));
        again.update("configuration", List.of(A, B));

        assertThat(members(other)).isEqualTo(before);
        assertThat(other.snapshot().members().get(0).state()).isEqualTo(OperatorState.DRAINING);
        assertThat(again.changes()).isEmpty();
    }

    private Change change(Edit edit) {
        return membership.change(edit, "loopback").orElseThrow();
    }

    private Change undo(long number) {
        return change(membership.undo(number).orElseThrow());
    }

    private static Edit set(
            String endpoint, @Nullable Integer weight, @Nullable MaxConnections most, @Nullable OperatorState state) {
        return Edit.set(endpoint, new OperatorWord.Settings(weight, most, state));
    }

    private List<String> members() {
        return members(pool);
    }

    private static List<String> members(BackendPool pool) {
        return pool.snapshot().members().stream()
                .map(member -> member.backend().id() + " " + member.sources())
                .toList();
    }
}
