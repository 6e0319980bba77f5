package dev.goaround.upstream;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The time limits of a backend's connections, in nanoseconds.
 *
 * @param response to the head of a response once the request is written, and between writes of a request; 0 means no limit
 * @param body between reads of a response's body; 0 means no limit
 * @param eventStream between reads of a stream of messages; 0 means no limit
 * @param tunnelIdle without a byte in either direction after protocols were switched; 0 means no limit
 * @param tunnelLife after protocols were switched; 0 means no limit
 */
record Timeouts(long response, long body, long eventStream, long tunnelIdle, long tunnelLife) {

    static Timeouts of(UpstreamSettings settings) {
        return new Timeouts(
                settings.responseTimeout().toNanos(),
                settings.bodyTimeout().toNanos(),
                nanos(settings.eventStreamTimeout()),
                nanos(settings.tunnelIdleTimeout()),
                nanos(settings.tunnelLifetime()));
    }

    private static long nanos(@Nullable Duration limit) {
        return limit == null ? 0 : limit.toNanos();
    }
}
