package dev.goaround.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.membership.Edit;
import dev.goaround.membership.Membership;
import dev.goaround.membership.OperatorLayer;
import dev.goaround.membership.OperatorWord;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.OperatorState;
import dev.goaround.pool.Protocol;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateFileTests {

    private final ManualClock clock = new ManualClock();

    @TempDir
    private Path folder;

    @Test
    void keepsEverythingThatOperatorsSay() throws IOException {
        Path file = folder.resolve("state.json");
        StateFile state = new StateFile(file, clock);
        AtomicReference<OperatorLayer> said = new AtomicReference<>(OperatorLayer.EMPTY);
        Membership membership = new Membership(
                new BackendPool(Balancers.named("round-robin").orElseThrow(), clock), Pools.names(), clock);
        membership.whenOperatorsSpoke(layer -> {
            said.set(layer);
            state.write(layer);
        });
        membership.update("configuration", List.of(Pools.spec("http://a:1"), Pools.spec("http://b:1")));
        membership.change(
                Edit.add(List.of(
                        new BackendSpec(
                                URI.create("http://[::1]:9000/x"),
                                7,
                                MaxConnections.valueOf("adaptive"),
                                true,
                                Protocol.H2C),
                        Pools.spec("https://c"))),
                "loopback");
        membership.change(Edit.remove("http://b:1"), "loopback");
        membership.change(
                Edit.set("http://a:1", new OperatorWord.Settings(3, MaxConnections.valueOf(5), OperatorState.DISABLED)),
                "loopback");

        assertThat(Objects.requireNonNull(said.get()).words()).hasSize(4);
        assertThat(new StateFile(file, clock).read()).isEqualTo(said.get());
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
        assertThat(Objects.requireNonNull(state.view()).savedAt()).isEqualTo(clock.instant());
        assertThat(StateFile.fault(file)).isNull();
    }

    @Test
    void replacesWhatALinkLeadsTo() throws IOException {
        Path real = Files.createDirectory(folder.resolve("real")).resolve("state.json");
        new StateFile(real, clock).write(OperatorLayer.EMPTY);
        Path link = Files.createSymbolicLink(folder.resolve("link.json"), real);
        new StateFile(link, clock)
                .write(new OperatorLayer(
                        java.util.Map.of("http://a:1", new OperatorWord(null, true, null, null, OperatorState.READY))));

        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(new StateFile(real, clock).read().words()).hasSize(1);
    }

    @Test
    void tellsThatItCouldNotBeWrittenUntilItCan() throws IOException {
        Path gone = folder.resolve("gone");
        StateFile state = new StateFile(gone.resolve("state.json"), clock);
        state.write(OperatorLayer.EMPTY);
        assertThat(Objects.requireNonNull(state.view()).mistake())
                .isEqualTo("could not be written: NoSuchFileException");

        Files.createDirectory(gone);
        state.write(OperatorLayer.EMPTY);
        assertThat(Objects.requireNonNull(state.view()).mistake()).isNull();
    }

    @Test
    void isNothingWhereThereIsNone() throws IOException {
        StateFile none = new StateFile(null, clock);
        none.write(OperatorLayer.EMPTY);
        assertThat(none.read()).isEqualTo(OperatorLayer.EMPTY);
        assertThat(none.view()).isNull();
        assertThat(StateFile.fault(folder.resolve("not-yet.json"))).isNull();
        assertThat(StateFile.fault(folder.resolve("no/such/folder.json"))).isEqualTo("there is no such folder");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "nonsense | Unrecognized token 'nonsense'",
                "'' | expected an object with a version and backends",
                "[] | expected an object with a version and backends",
                "{\"version\": 2, \"backends\": []} | its version is 2, expected 1",
                "{\"version\": 1, \"backends\": [{}]} | a backend has no endpoint",
                "{\"version\": 1, \"backends\": [{\"endpoint\": \"x\", \"state\": \"off\"}]} | state off: expected ready, draining, disabled",
                "{\"version\": 1, \"backends\": [{\"endpoint\": \"x\", \"weight\": 0}]} | backends[0].weight 0: expected 1 to 1000",
                "{\"version\": 1, \"backends\": [{\"endpoint\": \"x\", \"added\": \"ftp://x\"}]} | backends[0].url ftp://x: not a backend URL",
            })
    void isRefusedIfItIsNoneOfItsOwn(String content, String why) throws IOException {
        Path file = Files.writeString(folder.resolve("state.json"), content);
        assertThat(StateFile.fault(file)).startsWith("is not a file of GoAround's that keeps changes: " + why);
    }
}
