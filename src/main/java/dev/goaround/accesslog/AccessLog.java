package dev.goaround.accesslog;

import dev.goaround.accesslog.AccessLogSettings.Format;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs requests: takes entries from event loops, which never wait, and has a thread of its own write them. What comes while too many
 * wait is dropped and counted. Thread-safe.
 */
public final class AccessLog implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AccessLog.class);

    /** How long the writer sleeps where nothing waits. It is woken earlier when half of the buffer is full. */
    private static final long NAP_NANOS = Duration.ofMillis(20).toNanos();

    private static final long WARNING_NANOS = Duration.ofSeconds(10).toNanos();
    private static final int BATCH = 64 * 1024;

    /** How long the end waits for what is still to be written. */
    private static final Duration LAST_WRITES = Duration.ofSeconds(5);

    private final @Nullable LineFormat format;
    private final LineSink sink;
    private final EntryRing ring;
    private final AtomicLong dropped = new AtomicLong();
    private final StringBuilder lines = new StringBuilder();
    private final @Nullable Thread writer;
    private volatile boolean closed;

    /** Whether the writer is to open the file anew; it takes that back. */
    private volatile boolean reopening;

    /** For the writer's thread alone. */
    private int batched;

    private long warnedOf;
    private long warnedAt;
    private @Nullable String failing;

    /** Begins to log as the settings say. */
    public static AccessLog of(AccessLogSettings settings) {
        Path file = settings.file();
        LineSink sink = file == null || SpecialFiles.leadsToStandardOutput(file)
                ? new StandardOutput(System.out)
                : new RotatedFile(file, settings.fileSize().toBytes(), settings.files(), System::nanoTime);
        return new AccessLog(settings, sink);
    }

    AccessLog(AccessLogSettings settings, LineSink sink) {
        this.format = switch (settings.format()) {
            case OFF -> null;
            case COMBINED -> new CombinedFormat(settings.query());
            case JSON -> new JsonFormat(settings.query());
        };
        this.sink = sink;
        this.ring = new EntryRing(settings.format() == Format.OFF ? 1 : settings.buffer());
        this.warnedAt = System.nanoTime() - WARNING_NANOS;
        this.writer = format == null ? null : new Thread(this::run, "access-log");
        if (writer != null) {
            writer.setDaemon(true);
            writer.start();
        }
    }

    /** Whether anything is logged. */
    public boolean on() {
        return format != null;
    }

    /** Has a request logged. Never waits. */
    public void add(AccessEntry entry) {
        int waiting = ring.offer(entry);
        if (waiting == 0) {
            dropped.incrementAndGet();
        } else if (waiting == ring.size() / 2) {
            LockSupport.unpark(writer);
        }
    }

    /** Has the file opened anew, as after another program has moved it. Does not wait for that. */
    public void reopen() {
        reopening = true;
        LockSupport.unpark(writer);
    }

    /** How many requests are not in the log, since too many waited or it could not be written. */
    public long dropped() {
        return dropped.get();
    }

    private void run() {
        while (!closed) {
            reopenIfAsked();
            if (!writeWaiting()) {
                LockSupport.parkNanos(this, NAP_NANOS);
            }
            warnOfDropped(WARNING_NANOS);
        }
        writeWaiting();
        warnOfDropped(0);
        try {
            sink.close();
        } catch (IOException e) {
            failed(e);
        }
    }

    private void reopenIfAsked() {
        if (!reopening) {
            return;
        }
        reopening = false;
        try {
            sink.reopen();
        } catch (IOException e) {
            failed(e);
        }
    }

    /** Writes what waits, and returns whether anything did. */
    private boolean writeWaiting() {
        LineFormat as = format;
        boolean any = false;
        AccessEntry entry;
        while (as != null && (entry = ring.poll()) != null) {
            any = true;
            batched++;
            as.append(entry, lines);
            if (lines.length() >= BATCH) {
                writeBatch();
            }
        }
        writeBatch();
        return any;
    }

    private void writeBatch() {
        if (batched == 0) {
            return;
        }
        byte[] bytes = lines.toString().getBytes(StandardCharsets.US_ASCII);
        try {
            sink.write(bytes, bytes.length);
            failing = null;
        } catch (IOException e) {
            dropped.addAndGet(batched);
            failed(e);
        }
        lines.setLength(0);
        batched = 0;
    }

    private void failed(IOException e) {
        if (!e.toString().equals(failing)) {
            failing = e.toString();
            log.error("the access log can't be written: {}", failing);
        }
    }

    private void warnOfDropped(long notWithin) {
        long now = dropped.get();
        if (now != warnedOf && System.nanoTime() - warnedAt >= notWithin) {
            log.warn("requests missing in the access log: {}, {} in all", now - warnedOf, now);
            warnedOf = now;
            warnedAt = System.nanoTime();
        }
    }

    /** Writes what waits, for a few seconds at the most, and logs no more. */
    @Override
    public void close() {
        closed = true;
        Thread running = writer;
        if (running == null) {
            return;
        }
        LockSupport.unpark(running);
        try {
            running.join(LAST_WRITES.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
