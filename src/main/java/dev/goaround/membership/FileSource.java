package dev.goaround.membership;

import dev.goaround.pool.BackendSpec;
import dev.goaround.settings.Mistake;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Backends that a file lists. It is watched by its content, so that it does not matter how it is changed: written in
 * place, by another file renamed to its name, or by a symbolic link that leads elsewhere from now on.
 *
 * <p>Something outside calls {@link #look} several times a second, on no event loop, since
 * that reads the file. A changed content counts once two looks in a row have found it the same: one that is being written
 * may look like a good one, only shorter.
 */
public final class FileSource {

    /** The name of this source. */
    public static final String NAME = "file";

    private static final Logger log = LoggerFactory.getLogger(FileSource.class);

    /** The setting that names the file. */
    public static final String KEY = "goaround.membership.file";

    private static final long LARGEST = 16L * 1024 * 1024;

    /** A file of something else has a mistake a line. */
    private static final int MOST_TOLD = 10;

    private final Path file;
    private final Function<String, Reading> reader;
    private final Membership membership;

    /** What the latest look found; null if that was no file. */
    private byte @Nullable [] seen;

    /** What was judged last; null if that was the absence of the file. */
    private byte @Nullable [] judged;

    /** Whether the content is to be judged again, though it is the same. */
    private volatile boolean stale;

    /** @param reader what makes backends of a content */
    public FileSource(Path file, Function<String, Reading> reader, Membership membership) {
        this.file = file;
        this.reader = reader;
        this.membership = membership;
    }

    /** Returns what is wrong with the file itself, if anything is. */
    public static @Nullable Mistake mistake(Path file) {
        String fault = fault(file);
        return fault == null ? null : new Mistake(KEY, file.toString(), fault);
    }

    private static @Nullable String fault(Path file) {
        if (!Files.exists(file)) {
            return "no such file";
        }
        if (Files.isDirectory(file)) {
            return "is a directory, expected a file of backends";
        }
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            return "cannot be read";
        }
        return file.toFile().length() > LARGEST ? "is larger than 16MB" : null;
    }

    /** Takes what the file lists at the start, at once. */
    public synchronized void begin() {
        seen = content();
        judge();
    }

    /** Has the content judged again at the next look, as what holds for backends that say nothing of it has changed. */
    public void again() {
        stale = true;
    }

    /** Looks whether the file has changed, and takes what it lists then. */
    public synchronized void look() {
        byte[] now = content();
        boolean settled = Arrays.equals(now, seen);
        seen = now;
        if (settled && (stale || !Arrays.equals(now, judged))) {
            stale = false;
            judge();
        }
    }

    /** Takes what the file lists now, without waiting until a change has settled. */
    public synchronized void reload() {
        seen = content();
        if (stale || !Arrays.equals(seen, judged)) {
            stale = false;
            judge();
        }
    }

    private byte @Nullable [] content() {
        try {
            return fault(file) == null ? Files.readAllBytes(file) : null;
        } catch (IOException e) {
            return null;
        }
    }

    private void judge() {
        byte[] content = seen;
        judged = content;
        if (content == null) {
            String fault = fault(file);
            refuse(List.of(file + ": " + (fault == null ? "cannot be read" : fault)));
            return;
        }
        Reading reading = reader.apply(new String(content, StandardCharsets.UTF_8));
        if (reading.mistakes().isEmpty()) {
            take(reading.specs());
        } else {
            refuse(reading.mistakes());
        }
    }

    /** That there are other backends is told by whoever merges them. */
    private void take(List<BackendSpec> specs) {
        membership.update(NAME, specs);
        if (specs.isEmpty()) {
            log.warn("{} lists no backends", file);
        }
    }

    private void refuse(List<String> mistakes) {
        int more = mistakes.size() - MOST_TOLD;
        String told = String.join("; ", mistakes.subList(0, Math.min(mistakes.size(), MOST_TOLD)))
                + (more > 0 ? "; and " + more + " more" : "");
        membership.complain(NAME, told);
        log.warn("what {} listed before stays: {}", file, told);
    }
}
