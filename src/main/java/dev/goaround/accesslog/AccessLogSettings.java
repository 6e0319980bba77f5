package dev.goaround.accesslog;

import dev.goaround.settings.Requirements;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Whether and how requests are logged ({@code goaround.access-log.*}).
 *
 * @param format Form of the lines, one per request.
 * @param query Whether queries are logged, those of referers included.
 * @param file File to append to; opened anew on SIGHUP. Unset means standard output.
 * @param fileSize Size at which the file is put aside for a new one.
 * @param files Files put aside that are kept, named like the file with .1 for the latest.
 * @param buffer Most lines that wait for being written; what comes while so many do is dropped and counted.
 */
public record AccessLogSettings(
        @DefaultValue("off") Format format,
        @DefaultValue("true") boolean query,
        @Nullable Path file,
        @DefaultValue("100MB") DataSize fileSize,
        @DefaultValue("5") int files,
        @DefaultValue("8192") int buffer) {

    /** Form of the lines. */
    public enum Format {
        /** Nothing is logged. */
        OFF,
        /** Apache's combined format. */
        COMBINED,
        /** An object of JSON. */
        JSON
    }

    /** Below this a busy file would be moved all the time. */
    private static final DataSize LEAST_SIZE = DataSize.ofKilobytes(64);

    public AccessLogSettings {
        new Requirements("goaround.access-log")
                .that(
                        file == null || format == Format.OFF || writable(file),
                        "file",
                        file,
                        "expected a file that can be written, in a folder that exists")
                .that(fileSize.compareTo(LEAST_SIZE) >= 0, "file-size", fileSize, "expected 64KB or more")
                .range("files", files, 1, 1000)
                .range("buffer", buffer, 64, 1 << 20)
                .enforce();
    }

    /** What applies without any setting. */
    public static AccessLogSettings defaults() {
        return new AccessLogSettings(Format.OFF, true, null, DataSize.ofMegabytes(100), 5, 8192);
    }

    private static boolean writable(Path file) {
        if (Files.exists(file)) {
            // A file that was mounted by itself can be written though its folder can't, as can a pipe or a device.
            return !Files.isDirectory(file) && Files.isWritable(file);
        }
        Path folder = file.toAbsolutePath().getParent();
        return folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
    }
}
