package dev.goaround.observe;

/**
 * What had been counted at one moment, or between two.
 *
 * @param requests requests of clients that have ended
 * @param errors those of them whose client got a 5xx, or an answer that broke off
 * @param firstByte from the start of attempts to the heads of their answers
 */
public record TrafficReading(long requests, long errors, Latencies firstByte) {

    static final TrafficReading NONE = new TrafficReading(0, 0, Latencies.NONE);

    TrafficReading plus(TrafficReading other) {
        return new TrafficReading(requests + other.requests, errors + other.errors, firstByte.plus(other.firstByte));
    }

    TrafficReading minus(TrafficReading before) {
        return new TrafficReading(
                requests - before.requests, errors - before.errors, firstByte.minus(before.firstByte));
    }

    /** The same where nothing has come since: then the older object is kept, so that backends without traffic take no memory. */
    TrafficReading orSame(TrafficReading before) {
        boolean same =
                requests == before.requests && errors == before.errors && firstByte.count() == before.firstByte.count();
        return same ? before : this;
    }
}
