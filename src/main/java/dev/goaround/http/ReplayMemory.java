package dev.goaround.http;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** How much of request bodies may be kept for another attempt: of one request, and of all at once. Thread-safe. */
public final class ReplayMemory {

    private final IntSupplier perRequest;
    private final LongSupplier total;
    private final AtomicLong kept = new AtomicLong();
    private final LongAdder denied = new LongAdder();

    /**
     * @param perRequest most bytes of one body that begins now
     * @param total most bytes of all bodies
     */
    public ReplayMemory(IntSupplier perRequest, LongSupplier total) {
        this.perRequest = perRequest;
        this.total = total;
    }

    int perRequest() {
        return perRequest.getAsInt();
    }

    /** Bytes kept at the moment. */
    public long kept() {
        return kept.get();
    }

    /** Bodies that could not be kept, or not on, because others took all there is. */
    public long denied() {
        return denied.sum();
    }

    /** Takes so many bytes, unless that would be more than there may be. */
    boolean take(int bytes) {
        long now;
        do {
            now = kept.get();
            if (now + bytes > total.getAsLong()) {
                denied.increment();
                return false;
            }
        } while (!kept.compareAndSet(now, now + bytes));
        return true;
    }

    void give(int bytes) {
        kept.addAndGet(-bytes);
    }
}
