package dev.goaround.http2;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** How much the receive windows of all connections have grown and may grow. Thread-safe. */
public final class WindowBudget {

    private final Supplier<WindowSettings> settings;
    private final long heap;
    private final AtomicLong taken = new AtomicLong();

    /**
     * @param settings asked anew each time
     * @param heap most bytes that the heap may have
     */
    public WindowBudget(Supplier<WindowSettings> settings, long heap) {
        this.settings = settings;
        this.heap = heap;
    }

    /** Returns a budget that lets no window grow. */
    public static WindowBudget none() {
        WindowSettings fixed = WindowSettings.fixed();
        return new WindowBudget(() -> fixed, 0);
    }

    /** Bytes by which windows have grown at the moment. */
    public long taken() {
        return taken.get();
    }

    /** The widest window that a stream may have. */
    int maxStream() {
        return (int) settings.get().stream().toBytes();
    }

    /** Most bytes by which the windows on one connection may grow. */
    int maxConnection() {
        return (int) settings.get().connection().toBytes();
    }

    /** Takes so many bytes, unless that is more than there are. */
    boolean take(int bytes) {
        long most = settings.get().memory(heap);
        long now;
        do {
            now = taken.get();
            if (now + bytes > most) {
                return false;
            }
        } while (!taken.compareAndSet(now, now + bytes));
        return true;
    }

    void give(int bytes) {
        taken.addAndGet(-bytes);
    }
}
