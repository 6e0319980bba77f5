package dev.goaround.balance;

/** When a backend is expected to answer a request that it got now. */
final class Expectation {

    /** Longer than any that is known: a backend of which nothing is known, and which has been asked. */
    static final double UNKNOWN = 1e18;

    /** The bits of a double beyond the first three of its fraction. */
    private static final long FINE = (1L << 49) - 1;

    private Expectation() {}

    /**
     * Returns the time in nanoseconds.
     *
     * @param time what it takes on average, in nanoseconds; 0 if nothing is known
     * @param busy requests in flight
     * @param capacity its weight: a backend of weight 3 is expected to work on three requests as fast as others on one
     */
    static double of(double time, double busy, double capacity) {
        if (time == 0) {
            return busy == 0 ? 0 : UNKNOWN * (1 + busy / capacity);
        }
        return coarse(time) * (1 + busy / capacity);
    }

    /**
     * Returns the time rounded down by at most an eighth, since averages differ a little for no reason. Without that the least
     * of them would have all requests that find more than one backend idle, whatever the weights say.
     */
    static double coarse(double time) {
        return Double.longBitsToDouble(Double.doubleToRawLongBits(time) & ~FINE);
    }
}
