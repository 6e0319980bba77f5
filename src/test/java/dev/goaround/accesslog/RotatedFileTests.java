package dev.goaround.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.goaround.accesslog.AccessLogSettings.Format;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

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
    void aPlaceThatCanNotBeWrittenIsAMistakeOfTheSettings() {
        Path nowhere = folder.resolve("missing/access.log");

        assertThatThrownBy(() -> new AccessLogSettings(Format.JSON, true, nowhere, DataSize.ofMegabytes(1), 5, 64))
                .hasMessageContaining("goaround.access-log.file")
                .hasMessageContaining("expected a file that can be written, in a folder that exists");
        assertThatThrownBy(() -> new AccessLogSettings(Format.JSON, true, folder, DataSize.ofMegabytes(1), 5, 64))
                .hasMessageContaining("goaround.access-log.file");
    }
}
