package dev.goaround.settings;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;

/**
 * A clock that starts with the time of another one and goes on by elapsed time, whatever that is set to later. For whatever is due, expires or is
 * measured; its times differ from those of the wall by as much as the wall's have been set since. Thread-safe.
 */
public final class SteadyClock extends Clock {

    private final Instant start;
    private final LongSupplier nanoTime;
    private final long startNanos;

    /** Starts one with the time of the system. */
    public static SteadyClock start() {
        return new SteadyClock(Clock.systemUTC(), System::nanoTime);
    }

    /** @param nanoTime elapsed time, as {@link System#nanoTime} */
    public SteadyClock(Clock wall, LongSupplier nanoTime) {
        this.start = wall.instant();
        this.nanoTime = nanoTime;
        this.startNanos = nanoTime.getAsLong();
    }

    @Override
    public Instant instant() {
        return start.plusNanos(nanoTime.getAsLong() - startNanos);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    /** Returns itself: it tells instants only. */
    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
