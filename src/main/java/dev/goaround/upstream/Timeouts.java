package dev.goaround.upstream;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The time limits of a backend's connections, in nanoseconds.
 *
 * @param response to the head of a response once the request is written, and between writes of a request
 * @param body between reads of a response's body
 * @param idle how long a connection is kept for the next request
 * @param tunnelIdle without a byte in either direction after protocols were switched; 0 means no limit
 * @param tunnelLife after protocols were switched; 0 means no limit
 */
record Timeouts(long response, long body, long idle, long tunnelIdle, long tunnelLife) {

    /** Below the 5 s of Node.js, the shortest of the common servers' keep-alive times. */
    private static final Duration IDLE = Duration.ofSeconds(4);

    static Timeouts of(UpstreamSettings settings) {
        return new Timeouts(
                settings.responseTimeout().toNanos(),
                settings.bodyTimeout().toNanos(),
                IDLE.toNanos(),
                nanos(settings.tunnelIdleTimeout()),
                nanos(settings.tunnelLifetime()));
    }

    private static long nanos(@Nullable Duration limit) {
        return limit == null ? 0 : limit.toNanos();
    }
}
