package dev.goaround.health;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs changes of health line by line, as long as they are not too many to read: of a thousand backends that change at once, the first
 * hundred within ten seconds. The status and the metrics have them all. Thread-safe.
 */
final class FlipLog {

    private static final int MAX_LINES = 100;
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);

    private final Logger log;
    private final LongSupplier nanos;
    private long since;
    private int lines;

    /** @param nanos the time in nanoseconds since some moment */
    FlipLog(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
        this.since = nanos.getAsLong();
    }

    void add(Flip flip) {
        if (!flip.worthALine()) {
            flip.log(log);
            return;
        }
        int line = next();
        if (line <= MAX_LINES) {
            flip.log(log);
        } else if (line == MAX_LINES + 1) {
            log.warn(
                    "{} changes of health within {} s: further ones are in the status, but not in the log for a while",
                    MAX_LINES,
                    TimeUnit.NANOSECONDS.toSeconds(WINDOW));
        }
    }

    private synchronized int next() {
        long now = nanos.getAsLong();
        if (now - since >= WINDOW) {
            since = now;
            lines = 0;
        }
        return ++lines;
    }
}
