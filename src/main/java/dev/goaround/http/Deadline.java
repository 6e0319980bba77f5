package dev.goaround.http;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A time limit that is set and cleared many times and rarely reached.
 *
 * <p>Setting it anew costs a clock reading: the one timer task is moved only when it finds, at its turn, that the limit
 * lies later by now. Not thread-safe: belongs to one event loop.
 */
public final class Deadline implements Runnable {

    private final EventExecutor executor;
    private final Runnable expired;
    private @Nullable ScheduledFuture<?> task;
    private boolean set;
    private long at;
    private long taskAt;

    /**
     * @param executor the event loop that it belongs to
     * @param expired called on that loop when the limit is reached
     */
    public Deadline(EventExecutor executor, Runnable expired) {
        this.executor = executor;
        this.expired = expired;
    }

    /** Sets the limit to so many nanoseconds from now. */
    public void set(long nanos) {
        long now = executor.ticker().nanoTime();
        set = true;
        at = now + nanos;
        if (task != null && taskAt - at > 0) {
            task.cancel(false);
            task = null;
        }
        if (task == null) {
            schedule(nanos);
        }
    }

    /** Removes the limit until it is set again. */
    public void clear() {
        set = false;
    }

    /** Removes the limit for good, with its timer. */
    public void close() {
        set = false;
        if (task != null) {
            task.cancel(false);
            task = null;
        }
    }

    @Override
    public void run() {
        task = null;
        if (!set) {
            return;
        }
        long left = at - executor.ticker().nanoTime();
        if (left > 0) {
            schedule(left);
        } else {
            set = false;
            expired.run();
        }
    }

    private void schedule(long nanos) {
        taskAt = at;
        task = executor.schedule(this, nanos, TimeUnit.NANOSECONDS);
    }
}
