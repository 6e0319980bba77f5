package dev.goaround.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.goaround.accesslog.AccessLogSettings.Format;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.unit.DataSize;

@ExtendWith(OutputCaptureExtension.class)
class RotatedFileTests {

    @TempDir
    Path folder;

    private final AtomicLong nanoTime = new AtomicLong();
    private Path path;
    private RotatedFile file;

    @BeforeEach
    void open() {
        path = folder.resolve("access.log");
        file = new RotatedFile(path, 10, 2, nanoTime::get);
    }

    private void write(String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.US_ASCII);
        file.write(bytes, bytes.length);
    }

    private void aSecondPasses() {
        nanoTime.addAndGet(1_000_000_000);
    }

    @Test
    void whatIsThereIsAppendedTo() throws IOException {
        Files.writeString(path, "old\n");
        write("new");

        assertThat(path).hasContent("old\nnew\n");
    }

    @Test
    void aFullFileIsPutAsideAndTheOldestGoes() throws IOException {
        for (String line : new String[] {"one", "two", "three", "four", "five", "six", "seven", "eight"}) {
            write(line);
        }

        assertThat(path).hasContent("eight\n");
        assertThat(folder.resolve("access.log.1")).hasContent("six\nseven\n");
        assertThat(folder.resolve("access.log.2")).hasContent("four\nfive\n");
        assertThat(folder.resolve("access.log.3")).doesNotExist();
    }

    @Test
    void aLineThatIsLargerThanAFileIsWrittenAllTheSame() throws IOException {
        write("a very long line");
        write("b");

        assertThat(path).hasContent("b\n");
        assertThat(folder.resolve("access.log.1")).hasContent("a very long line\n");
    }

    @Test
    void aFileThatAnotherMovesAwayIsOpenedAnew() throws IOException {
        write("one");
        Files.move(path, folder.resolve("moved"));
        aSecondPasses();
        write("two");

        assertThat(folder.resolve("moved")).hasContent("one\n");
        assertThat(path).hasContent("two\n");
    }

    @Test
    void aFileThatAnotherReplacesIsOpenedAnew() throws IOException {
        write("one");
        Files.move(path, folder.resolve("moved"));
        Files.createFile(path);
        aSecondPasses();
        write("two");

        assertThat(path).hasContent("two\n");
    }

    @Test
    void aFileThatAnotherEmptiesIsNotFullAnyMore() throws IOException {
        write("12345678");
        Files.writeString(path, "");
        aSecondPasses();
        write("two");

        assertThat(path).hasContent("two\n");
        assertThat(folder.resolve("access.log.1")).doesNotExist();
    }

    @Test
    void aFileThatCanNotBePutAsideIsAppendedToUntilItCan(CapturedOutput output) throws IOException {
        Path obstacle = Files.createDirectory(folder.resolve("access.log.2"));
        Files.createFile(obstacle.resolve("full"));
        Files.writeString(folder.resolve("access.log.1"), "before\n");
        for (String line : new String[] {"one", "two", "three", "four", "five", "six"}) {
            write(line);
        }
        assertThat(path).hasContent("one\ntwo\nthree\nfour\nfive\nsix\n");
        assertThat(folder.resolve("access.log.1")).hasContent("before\n");
        assertThat(output.getOut().lines().filter(line -> line.contains("WARN")))
                .singleElement()
                .asString()
                .contains("can't be put aside, lines are appended to it");

        Files.delete(obstacle.resolve("full"));
        nanoTime.addAndGet(Duration.ofMinutes(1).toNanos());
        write("seven");
        assertThat(path).hasContent("seven\n");
        assertThat(folder.resolve("access.log.1")).hasContent("one\ntwo\nthree\nfour\nfive\nsix\n");
        assertThat(folder.resolve("access.log.2")).hasContent("before\n");
    }

    @Test
    void theNewFileHasTheModeAndTheGroupOfTheOldOne() throws IOException {
        Set<PosixFilePermission> mode = PosixFilePermissions.fromString("rw-rw-r--");
        Files.createFile(path);
        Files.setPosixFilePermissions(path, mode);
        Object group = Files.getAttribute(path, "posix:group");
        write("12345678");
        write("two");
        assertThat(folder.resolve("access.log.1")).exists();
        assertThat(Files.getPosixFilePermissions(path)).isEqualTo(mode);
        assertThat(Files.getAttribute(path, "posix:group")).isEqualTo(group);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        write("12345678");
        assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void aLinkStaysAndTheFileThatItLeadsToIsPutAside() throws IOException {
        Path target = Files.createDirectory(folder.resolve("logs")).resolve("real.log");
        Files.createSymbolicLink(path, target);
        write("12345678");
        write("two");
        assertThat(path).isSymbolicLink().hasContent("two\n");
        assertThat(target.resolveSibling("real.log.1")).hasContent("12345678\n");
    }

    @Test
    void theFileThatTheProcessWasGivenIsNotPutAside() throws Exception {
        try (FileOutputStream given =
                new FileOutputStream(folder.resolve("given").toFile())) {
            Path name = descriptorOf(folder.resolve("given"));
            Files.createSymbolicLink(path, name);
            write("12345678");
            write("two");
            assertThat(folder.resolve("given")).hasContent("12345678\ntwo\n");
            assertThat(folder.resolve("given.1")).doesNotExist();
            assertThat(given.getFD().valid()).isTrue();
        }
    }

    private static Path descriptorOf(Path file) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(name -> {
                        try {
                            return Files.readSymbolicLink(name).equals(file.toRealPath());
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void standardOutputByAnyNameIsThatOfTheProcess() throws IOException {
        Files.createSymbolicLink(path, Path.of("/dev/stdout"));
        assertThat(SpecialFiles.leadsToStandardOutput(path)).isTrue();
        assertThat(SpecialFiles.leadsToStandardOutput(Path.of("/dev/fd/1"))).isTrue();
        assertThat(SpecialFiles.leadsToStandardOutput(folder.resolve("other"))).isFalse();
        assertThat(SpecialFiles.leadsTo(Path.of("/dev/shm/access.log"))).isFalse();
    }

    @Test
    void aFileThatAnotherMovesAwayIsOpenedAnewAtOnceWhenTold() throws IOException {
        write("one");
        Files.move(path, folder.resolve("moved"));
        file.reopen();
        write("two");
        assertThat(path).hasContent("two\n");
    }

    @Test
    void aPlaceThatCanNotBeWrittenIsAMistakeOfTheSettings() {
        Path nowhere = folder.resolve("missing/access.log");

        assertThatThrownBy(() -> new AccessLogSettings(Format.JSON, true, nowhere, DataSize.ofMegabytes(1), 5, 64))
                .hasMessageContaining("goaround.access-log.file")
                .hasMessageContaining("expected a file that can be written, in a folder that exists");
        assertThatThrownBy(() -> new AccessLogSettings(Format.JSON, true, folder, DataSize.ofMegabytes(1), 5, 64))
                .hasMessageContaining("goaround.access-log.file");
    }
}
