package dev.goaround.upstream;

import java.time.Duration;

/**
 * The time limits of a backend's connections, in nanoseconds.
 *
 * @param response to the head of a response once the request is written, and between writes of a request
 * @param body between reads of a response's body
 * @param idle how long a connection is kept for the next request
 */
record Timeouts(long response, long body, long idle) {

    /** Below the 5 s of Node.js, the shortest of the common servers' keep-alive times. */
    private static final Duration IDLE = Duration.ofSeconds(4);

    static Timeouts of(UpstreamSettings settings) {
        return new Timeouts(
                settings.responseTimeout().toNanos(), settings.bodyTimeout().toNanos(), IDLE.toNanos());
    }
}
