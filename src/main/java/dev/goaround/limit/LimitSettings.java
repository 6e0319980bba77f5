package dev.goaround.limit;

import dev.goaround.settings.Requirements;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How requests wait while every backend is full ({@code goaround.limit.*}).
 *
 * @param queueLength Most requests that wait; 0 means that none does.
 * @param queueTime Longest wait.
 * @param queueTarget Once a request has waited for so long the queue is served from its newest end, so that under overload some requests are served at once instead of all of them too late.
 */
public record LimitSettings(
        @DefaultValue("1024") int queueLength,
        @DefaultValue("1s") Duration queueTime,
        @DefaultValue("100ms") Duration queueTarget) {

    private static final int MOST_LENGTH = 100_000;

    public LimitSettings {
        new Requirements("goaround.limit")
                .range("queue-length", queueLength, 0, MOST_LENGTH)
                .duration("queue-time", queueTime)
                .duration("queue-target", queueTarget)
                .enforce();
    }

    /** What holds where nothing is set. */
    public static LimitSettings defaults() {
        return new LimitSettings(1024, Duration.ofSeconds(1), Duration.ofMillis(100));
    }
}
