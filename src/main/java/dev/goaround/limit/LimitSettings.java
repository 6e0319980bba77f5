package dev.goaround.limit;

import dev.goaround.settings.Requirements;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How requests wait while every backend is full ({@code goaround.limit.*}).
 *
 * @param queueLength Most requests that wait; 0 means that none does.
 * @param queueTime Longest wait.
 * @param queueTarget Once a request has waited for so long the queue is served from its newest end, so that under overload some requests are served at once instead of all of them too late.
 * @param requestMemory Most memory that the heads of all requests under way, and what waits of their bodies on streams, may take; more requests get 503. Unset means a quarter of the heap.
 */
public record LimitSettings(
        @DefaultValue("1024") int queueLength,
        @DefaultValue("1s") Duration queueTime,
        @DefaultValue("100ms") Duration queueTarget,
        @Nullable DataSize requestMemory) {

    private static final int MOST_LENGTH = 100_000;

    private static final DataSize MIN_MEMORY = DataSize.ofMegabytes(1);

    public LimitSettings {
        new Requirements("goaround.limit")
                .range("queue-length", queueLength, 0, MOST_LENGTH)
                .duration("queue-time", queueTime)
                .duration("queue-target", queueTarget)
                .that(
                        requestMemory == null || requestMemory.compareTo(MIN_MEMORY) >= 0,
                        "request-memory",
                        requestMemory,
                        "expected >= 1MB")
                .enforce();
    }

    /** What holds where nothing is set. */
    public static LimitSettings defaults() {
        return new LimitSettings(1024, Duration.ofSeconds(1), Duration.ofMillis(100), null);
    }

    /**
     * Returns the bytes that requests may take.
     *
     * @param heap most bytes that the heap may have
     */
    public long requestMemory(long heap) {
        return requestMemory == null ? heap / 4 : requestMemory.toBytes();
    }
}
