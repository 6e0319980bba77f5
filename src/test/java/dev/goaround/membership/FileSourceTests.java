package dev.goaround.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.BackendPool;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class FileSourceTests {

    @TempDir
    private Path folder;

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
    private final Membership membership = new Membership(pool, Pools.names(), clock);
    private Path file;
    private FileSource source;

    @BeforeEach
    void begin() throws IOException {
        file = folder.resolve("backends");
        Files.writeString(file, "http://a:1 http://b:1");
        source = new FileSource(file, FileSourceTests::read, membership);
        source.begin();
    }

    /** URLs between spaces; an x is a mistake. */
    private static Reading read(String content) {
        return content.contains("x")
                ? Reading.refused("x in " + content)
                : new Reading(
                        content.isBlank()
                                ? List.of()
                                : List.of(content.strip().split(" ")).stream()
                                        .map(Pools::spec)
                                        .toList(),
                        List.of());
    }

    @Test
    void listsWhatTheFileDoesAtTheStart() {
        assertThat(ids()).containsExactly("a-1", "b-1");
        assertThat(pool.snapshot().members().get(0).sources()).containsExactly("file");
    }

    @Test
    void takesAContentThatTwoLooksHaveSeen() throws IOException {
        Files.writeString(file, "http://a:1");
        source.look();
        assertThat(ids()).containsExactly("a-1", "b-1");
        Files.writeString(file, "http://a:1 http://c:1");
        source.look();
        assertThat(ids()).containsExactly("a-1", "b-1");
        source.look();
        assertThat(ids()).containsExactly("a-1", "c-1");
    }

    @Test
    void seesARenameAndASwappedLink() throws IOException {
        Path other = Files.writeString(folder.resolve("other"), "http://b:1");
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        lookTwice();
        assertThat(ids()).containsExactly("b-1");

        // As Kubernetes does it: the file is a link to one in a folder that is a link itself, which is swapped.
        Files.createDirectories(folder.resolve("v1"));
        Files.createDirectories(folder.resolve("v2"));
        Files.writeString(folder.resolve("v1/list"), "http://a:1");
        Files.writeString(folder.resolve("v2/list"), "http://c:1");
        Path data = Files.createSymbolicLink(folder.resolve("data"), Path.of("v1"));
        Path link = Files.createSymbolicLink(folder.resolve("list"), Path.of("data/list"));
        FileSource linked = new FileSource(link, FileSourceTests::read, membership);
        linked.begin();
        assertThat(ids()).containsExactly("a-1");
        Files.createSymbolicLink(folder.resolve("next"), Path.of("v2"));
        Files.move(folder.resolve("next"), data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        linked.look();
        linked.look();
        assertThat(ids()).containsExactly("c-1");
    }

    @Test
    void anInvalidContentChangesNothingAndIsToldOnce(CapturedOutput output) throws IOException {
        Files.writeString(file, "x");
        lookTwice();
        lookTwice();
        assertThat(ids()).containsExactly("a-1", "b-1");
        assertThat(status().mistake()).isEqualTo("x in x");
        assertThat(status().backends()).isEqualTo(2);
        assertThat(output).containsOnlyOnce("what " + file + " listed before stays: x in x");

        Files.writeString(file, "xx");
        lookTwice();
        assertThat(output).containsOnlyOnce("listed before stays: x in xx");

        Files.writeString(file, "http://a:1 http://b:1");
        lookTwice();
        assertThat(status().mistake()).isNull();
    }

    @Test
    void keepsTheLastListWhenTheFileVanishes(CapturedOutput output) throws IOException {
        Files.delete(file);
        lookTwice();
        lookTwice();
        assertThat(ids()).containsExactly("a-1", "b-1");
        assertThat(status().mistake()).isEqualTo(file + ": no such file");
        assertThat(output).containsOnlyOnce("no such file");

        Files.writeString(file, "http://a:1 http://b:1");
        lookTwice();
        assertThat(status().mistake()).isNull();
        assertThat(ids()).containsExactly("a-1", "b-1");
    }

    @Test
    void anEmptyFileMeansNoBackendsAndIsWarnedOf(CapturedOutput output) throws IOException {
        Files.writeString(file, "");
        lookTwice();
        assertThat(ids()).isEmpty();
        assertThat(output).contains("WARN").contains(file + " lists no backends");
    }

    @Test
    void theStatusSaysWhenTheListChanged() throws IOException {
        clock.advance(Duration.ofSeconds(3));
        Files.writeString(file, "http://a:1");
        lookTwice();
        assertThat(status()).isEqualTo(new SourceStatus("file", clock.instant(), 1, null));
        clock.advance(Duration.ofSeconds(3));
        Files.writeString(file, "http://a:1 ");
        lookTwice();
        assertThat(status()).isEqualTo(new SourceStatus("file", clock.instant().minusSeconds(3), 1, null));
    }

    private void lookTwice() {
        source.look();
        source.look();
    }

    private SourceStatus status() {
        return membership.statuses().get(0);
    }

    private List<String> ids() {
        return Pools.backends(pool).stream().map(backend -> backend.id()).toList();
    }
}
