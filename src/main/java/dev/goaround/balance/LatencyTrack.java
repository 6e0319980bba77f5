package dev.goaround.balance;

/**
 * A moving average of one backend's response times, that forgets with time whether or not there are new ones.
 *
 * <p>An exponential average over unevenly spaced samples (Eckner, "Algorithms for Unevenly Spaced Time Series", 2012): a sample
 * counts the more, the longer ago the one before it was. Nothing is known at first.
 *
 * <p>Thread-safe without a lock: of two samples at the same moment, one may be lost, which an average can bear.
 */
final class LatencyTrack {

    /** Mean lifetime of what is remembered, in nanoseconds: the 10 s that Finagle's Peak EWMA has. */
    static final double LIFETIME = 10e9;

    private final boolean peak;

    /** The average at {@link #stamp}, in nanoseconds; 0 while nothing is known. */
    private volatile double average;

    private volatile long stamp;

    /** @param peak whether a sample above the average takes its place at once, as with Finagle's Peak EWMA */
    LatencyTrack(boolean peak) {
        this.peak = peak;
    }

    /**
     * Adds a response time.
     *
     * @param nanos the response time in nanoseconds
     * @param now the time, as {@link System#nanoTime}
     */
    void add(long nanos, long now) {
        double before = average;
        double sample = Math.max(1, nanos);
        double kept = kept(now);
        average = before == 0 || (peak && sample > before) ? sample : before * kept + sample * (1 - kept);
        stamp = now;
    }

    /** The average in nanoseconds, less what time has taken from it, so that who was slow once is asked again; 0 if nothing is known. */
    double at(long now) {
        double then = average;
        return then == 0 ? 0 : then * kept(now);
    }

    private double kept(long now) {
        return Math.exp(-Math.max(0, now - stamp) / LIFETIME);
    }
}
