package dev.goaround.accesslog;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A file that is put aside when it is full, of which so many are kept: {@code access.log.1} is the latest. Whoever else moves it away
 * or deletes it finds a new one a second later.
 */
final class RotatedFile implements LineSink {

    private static final long LOOK_NANOS = 1_000_000_000;

    private final Path path;
    private final long most;
    private final int kept;
    private final LongSupplier nanoTime;
    private @Nullable OutputStream out;
    private @Nullable Object key;
    private long size;
    private long lookedAt;

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
        if (out != null && size > 0 && size + length > most) {
            close();
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

    private OutputStream open() throws IOException {
        OutputStream opened = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        out = opened;
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        key = attributes.fileKey();
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

    private void rotate() throws IOException {
        for (int number = kept; number > 0; number--) {
            Path from = number == 1 ? path : aside(number - 1);
            if (Files.exists(from)) {
                Files.move(from, aside(number), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private Path aside(int number) {
        return path.resolveSibling(path.getFileName() + "." + number);
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
