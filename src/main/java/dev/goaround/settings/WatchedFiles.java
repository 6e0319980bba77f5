package dev.goaround.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Files that belong together, compared by their content: whether one is written in place, replaced by a rename, or reached by a link anywhere in
 * its path that leads elsewhere from now on, makes no difference. Reading blocks, and belongs on no event loop. Thread-safe.
 */
public final class WatchedFiles {

    private static final long MAX_SIZE = 16L * 1024 * 1024;

    private final List<Path> files;

    /** What the latest look found. Guarded by this object's lock, as is the next. */
    private List<String> seen;

    /** What was taken last. */
    private List<String> taken;

    /** Watches what the files hold from now on. */
    public WatchedFiles(@Nullable Path... files) {
        this.files = Stream.of(files).filter(Objects::nonNull).toList();
        this.seen = contents();
        this.taken = seen;
    }

    /** Returns whether there is something new that two looks in a row have found: one of a file that is being written may be half of it. */
    public synchronized boolean look() {
        List<String> now = contents();
        boolean settled = now.equals(seen);
        seen = now;
        return settled && take(now);
    }

    /** Returns whether there is something new, as it is now. */
    public synchronized boolean lookAtOnce() {
        seen = contents();
        return take(seen);
    }

    private boolean take(List<String> now) {
        boolean changed = !now.equals(taken);
        taken = now;
        return changed;
    }

    private List<String> contents() {
        return files.stream().map(WatchedFiles::content).toList();
    }

    private static String content(Path file) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_SIZE) {
                return "unreadable";
            }
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return Base64.getEncoder().encodeToString(digest);
        } catch (IOException e) {
            return "unreadable";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
