package dev.goaround.http;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** How much of request bodies may be kept for another attempt: of one request, and of all at once. Thread-safe. */
public final class ReplayMemory {

    private final int perRequest;
    private final long total;
    private final AtomicLong kept = new AtomicLong();
    private final LongAdder denied = new LongAdder();

    /**
     * @param perRequest most bytes of one body
     * @param total most bytes of all bodies
     */
    public ReplayMemory(int perRequest, long total) {
        this.perRequest = perRequest;
        this.total = total;
    }

    int perRequest() {
        return perRequest;
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
            if (now + bytes > total) {
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
