package dev.goaround.accesslog;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is put aside when it is full, of which so many are kept: {@code access.log.1} is the latest. Another program that moves it
 * away or deletes it finds a new one a second later, and at once after {@link #reopen}.
 *
 * <p>Only a regular file is put aside; a device or a pipe is just written to. Where a file can't be put aside, lines are appended to it, and
 * that is tried again from time to time. For one thread.
 */
final class RotatedFile implements LineSink {

    private static final Logger log = LoggerFactory.getLogger(RotatedFile.class);

    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long RETRY_NANOS = Duration.ofMinutes(1).toNanos();

    private final Path path;
    private final long most;
    private final int kept;
    private final LongSupplier nanoTime;
    private @Nullable OutputStream out;
    private @Nullable Object key;
    private boolean regular;
    private long size;
    private long lookedAt;

    /** What the file before had, for the one in its place; null if there was none. */
    private @Nullable FileAccess access;

    /** Whether the file could not be put aside the last time, and when that was. */
    private boolean stuck;

    private long stuckAt;

    /**
     * @param most bytes at which it is put aside
     * @param kept how many of those are kept
     * @param nanoTime the time, as {@link System#nanoTime}
     */
    RotatedFile(Path path, long most, int kept, LongSupplier nanoTime) {
        this.path = path;
        this.most = most;
        this.kept = kept;
        this.nanoTime = nanoTime;
    }

    @Override
    public void write(byte[] bytes, int length) throws IOException {
        if (out != null && nanoTime.getAsLong() - lookedAt >= LOOK_NANOS && moved()) {
            close();
        }
        if (out == null) {
            open();
        }
        if (regular && size > 0 && size + length > most && mayRotate()) {
            rotate();
        }
        OutputStream to = out == null ? open() : out;
        try {
            to.write(bytes, 0, length);
        } catch (IOException e) {
            close(); // Whatever is wrong may be over when it is opened again.
            throw e;
        }
        size += length;
    }

    @Override
    public void reopen() throws IOException {
        stuck = false;
        close();
    }

    private OutputStream open() throws IOException {
        OutputStream opened = access == null || Files.exists(path)
                ? Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                : access.create(path);
        access = null;
        out = opened;
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        key = attributes.fileKey();
        regular = attributes.isRegularFile() && !SpecialFiles.leadsTo(path);
        size = attributes.size();
        lookedAt = nanoTime.getAsLong();
        return opened;
    }

    /** Whether the file of this name is another one by now, or there is none. */
    private boolean moved() throws IOException {
        lookedAt = nanoTime.getAsLong();
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            size = attributes.size(); // Others may have emptied it.
            return !Objects.equals(key, attributes.fileKey());
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    private boolean mayRotate() {
        return !stuck || nanoTime.getAsLong() - stuckAt >= RETRY_NANOS;
    }

    /** Puts the file aside, after which it has to be opened again; or leaves it open if that fails. */
    private void rotate() throws IOException {
        try {
            // Where the name is a link, the file that it leads to is put aside, and a new one made there.
            Path file = path.toRealPath();
            FileAccess had = FileAccess.of(file);
            putAside(file);
            access = had;
        } catch (IOException | UnsupportedOperationException e) {
            if (!stuck) {
                log.warn("the access log {} can't be put aside, lines are appended to it: {}", path, e.toString());
            }
            stuck = true;
            stuckAt = nanoTime.getAsLong();
            return;
        }
        stuck = false;
        close();
    }

    /** Moves up those before only as far as there is no gap: a failure leaves one, so that trying again loses nothing. */
    private void putAside(Path file) throws IOException {
        int gap = 1;
        while (gap < kept && Files.exists(aside(file, gap), LinkOption.NOFOLLOW_LINKS)) {
            gap++;
        }
        for (int number = gap; number > 0; number--) {
            Path from = number == 1 ? file : aside(file, number - 1);
            Files.move(from, aside(file, number), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static Path aside(Path file, int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    @Override
    public void close() throws IOException {
        OutputStream open = out;
        out = null;
        if (open != null) {
            open.close();
        }
    }
}
