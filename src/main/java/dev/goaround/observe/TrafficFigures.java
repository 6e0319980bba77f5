package dev.goaround.observe;

import java.time.Duration;

/**
 * What a stretch of time was like.
 *
 * @param over its length
 * @param requests requests of clients that ended in it
 * @param errors those of them whose client got a 5xx, or an answer that broke off
 * @param p50 the time to the head of an answer that half of the attempts did not exceed; zero without any
 * @param p95 likewise 95 of 100
 * @param p99 likewise 99 of 100
 */
public record TrafficFigures(Duration over, long requests, long errors, Duration p50, Duration p95, Duration p99) {

    static TrafficFigures of(TrafficReading during, long nanos) {
        Latencies latencies = during.firstByte();
        return new TrafficFigures(
                Duration.ofNanos(nanos),
                during.requests(),
                during.errors(),
                latencies.quantile(0.5),
                latencies.quantile(0.95),
                latencies.quantile(0.99));
    }

    public double requestsPerSecond() {
        return over.isZero() ? 0 : requests * 1e9 / over.toNanos();
    }

    /** Errors as a share of the requests; 0 without any. */
    public double errorShare() {
        return requests == 0 ? 0 : (double) errors / requests;
    }
}
