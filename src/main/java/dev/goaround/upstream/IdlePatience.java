package dev.goaround.upstream;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a backend keeps an idle connection open, as far as it says so or lets it be seen. A request that is sent on a connection
 * just as the backend closes it may be lost, so that connections are given up a fifth earlier than that.
 *
 * <p>A backend says so by {@code Keep-Alive: timeout=…}, and shows it by closing idle connections after the same time again and
 * again. One that stops closes many connections at once, of any age, which shows nothing; nor does a connection that is closed on a
 * request, which may be the very reason. Thread-safe.
 */
final class IdlePatience {

    /** Below the 5 s of Node.js, the shortest of the common servers' keep-alive times. */
    private static final long UNKNOWN = Duration.ofSeconds(4).toNanos();

    private static final long MOST = Duration.ofSeconds(60).toNanos();

    /** Closes after about the same time that it takes to believe in it. */
    private static final int PROOF = 3;

    /** Servers look for idle connections every now and then, so that the times differ a little. */
    private static final long TOLERANCE = Duration.ofMillis(10).toNanos();

    /** What was seen so long ago may be true no more. */
    private static final long MEMORY = Duration.ofMinutes(5).toNanos();

    private volatile long announced = UNKNOWN;
    private volatile long observed = Long.MAX_VALUE;
    private volatile long observedAt;

    private long candidate;
    private long seenAt;
    private int proof;

    /** Returns how long a connection may be idle and still carry another request, in nanoseconds. */
    long limit(long now) {
        long seen = observed;
        if (seen != Long.MAX_VALUE && now - observedAt > MEMORY) {
            observed = Long.MAX_VALUE;
            seen = Long.MAX_VALUE;
        }
        return Math.min(announced, seen);
    }

    /** Takes the value of a {@code Keep-Alive} field, if there is one; what makes no sense counts nothing. */
    void announced(@Nullable String keepAlive) {
        if (keepAlive == null) {
            return;
        }
        for (String parameter : keepAlive.split(",", -1)) {
            String text = parameter.trim();
            if (text.regionMatches(true, 0, "timeout=", 0, 8)) {
                seconds(text.substring(8).trim());
            }
        }
    }

    private void seconds(String text) {
        if (!text.isEmpty() && text.length() < 10 && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            long patience = Duration.ofSeconds(Long.parseLong(text)).toNanos();
            long limit = Math.min(MOST, withReserve(patience));
            if (limit != announced) {
                announced = limit;
            }
        }
    }

    /**
     * The backend has closed a connection that had been idle for so long.
     *
     * @param idle how long, in nanoseconds
     */
    synchronized void closedAfter(long idle, long now) {
        if (proof > 0 && now - seenAt < Math.min(idle, Duration.ofSeconds(1).toNanos())) {
            return; // One of many that were closed together.
        }
        boolean again =
                proof > 0 && now - seenAt <= MEMORY && Math.abs(idle - candidate) <= Math.max(candidate / 4, TOLERANCE);
        candidate = again ? Math.min(candidate, idle) : idle;
        proof = again ? proof + 1 : 1;
        seenAt = now;
        if (proof >= PROOF) {
            observed = withReserve(candidate);
            observedAt = now;
        }
    }

    private static long withReserve(long patience) {
        return patience / 5 * 4;
    }
}
