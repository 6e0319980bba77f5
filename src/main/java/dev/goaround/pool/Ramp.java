package dev.goaround.pool;

/**
 * The time in which a backend that has come back grows linearly to its full weight: its slow start.
 *
 * @param from when it came back, in milliseconds since the epoch
 * @param until when it has its full weight
 */
public record Ramp(long from, long until) {

    /** The share of a backend that is not growing. */
    public static final int FULL = 1000;

    /** The share to begin with: with none at all, nothing would get warm. */
    static final int LEAST = 100;

    /**
     * Returns the share of its weight that a backend has at this time, in thousandths. Times outside of the ramp, as after
     * a clock was set, give the full share.
     */
    public int share(long now) {
        if (now < from || now >= until) {
            return FULL;
        }
        return Math.max(LEAST, (int) (FULL * (now - from) / (until - from)));
    }
}
