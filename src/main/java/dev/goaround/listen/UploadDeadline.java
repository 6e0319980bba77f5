package dev.goaround.listen;

import dev.goaround.http.Deadline;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * How long a client may take to send on a request's body: {@code goaround.listen.body-timeout} between two pieces, and no
 * longer than {@code goaround.listen.minimum-upload-rate} allows on average. Time does not count while the client is made to
 * wait. Belongs to the event loop of the client's connection.
 */
final class UploadDeadline {

    /** For a slow beginning, before the average says anything. */
    private static final long GRACE = TimeUnit.SECONDS.toNanos(10);

    private final Deadline receiving;
    private final EventExecutor loop;
    private final long timeout;
    private final @Nullable DataSize leastRate;
    private long allowance;
    private long waitingSince;

    /** @param receiving what is set here, and reached when the client is too slow */
    UploadDeadline(Deadline receiving, EventExecutor loop, ListenSettings settings) {
        this.receiving = receiving;
        this.loop = loop;
        this.timeout = settings.bodyTimeout().toNanos();
        this.leastRate = settings.minimumUploadRate();
    }

    /** A body begins. */
    void begin() {
        allowance = GRACE;
        resume();
    }

    /** So many bytes have come. */
    void received(int bytes) {
        DataSize rate = leastRate;
        if (rate != null) {
            pause();
            allowance += TimeUnit.SECONDS.toNanos(1) / rate.toBytes() * bytes;
        }
        resume();
    }

    /** The client has to go on. */
    void resume() {
        if (leastRate == null) {
            if (timeout > 0) {
                receiving.set(timeout);
            }
            return;
        }
        waitingSince = loop.ticker().nanoTime();
        receiving.set(Math.max(1, timeout > 0 ? Math.min(timeout, allowance) : allowance));
    }

    /** The client is made to wait. */
    void pause() {
        receiving.clear();
        if (leastRate != null) {
            allowance -= loop.ticker().nanoTime() - waitingSince;
        }
    }
}
