package dev.goaround.observe;

import dev.goaround.pool.Health;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What has been counted of one backend, or of several that are counted together. Adding allocates nothing and takes no lock. Counts only
 * rise. Thread-safe.
 */
@SuppressWarnings(
        "EnumOrdinal") // Counts do not outlive the process, so that the numbers of constants can't change meanwhile.
public final class Traffic {

    private static final AttemptResult[] RESULTS = AttemptResult.values();
    private static final RetryReason[] REASONS = RetryReason.values();

    private final Counters requests = new Counters(RequestKind.COUNT);
    private final Counters attempts = new Counters(RESULTS.length);
    private final Counters retries = new Counters(REASONS.length);
    private final LatencyHistogram firstByte = new LatencyHistogram();
    private final LatencyHistogram duration = new LatencyHistogram();
    private final LatencyHistogram probes = new LatencyHistogram();

    /** Few are ever added. */
    private final Map<HealthFlip, LongAdder> flips = new ConcurrentHashMap<>();

    /**
     * A change of health.
     *
     * @param to the health since
     * @param cause the kind of evidence that made it
     * @param ejection whether live traffic alone took the backend out
     */
    public record HealthFlip(Health to, String cause, boolean ejection) {}

    void request(int kind, long nanos) {
        requests.increment(kind);
        duration.add(nanos);
    }

    void answered(long nanos) {
        firstByte.add(nanos);
    }

    void attempt(AttemptResult result) {
        attempts.increment(result.ordinal());
    }

    void retry(RetryReason reason) {
        retries.increment(reason.ordinal());
    }

    void probe(long nanos) {
        probes.add(nanos);
    }

    void flip(HealthFlip flip) {
        flips.computeIfAbsent(flip, first -> new LongAdder()).increment();
    }

    /** Requests of clients by kind, without those that there were none of. */
    public Map<RequestKind, Long> requests() {
        Map<RequestKind, Long> counted = new HashMap<>();
        for (int number = 0; number < requests.numbers(); number++) {
            long count = requests.get(number);
            if (count > 0) {
                counted.put(RequestKind.numbered(number), count);
            }
        }
        return counted;
    }

    /** Attempts that have ended, by how. */
    public Map<AttemptResult, Long> attempts() {
        Map<AttemptResult, Long> counted = new EnumMap<>(AttemptResult.class);
        for (AttemptResult result : RESULTS) {
            counted.put(result, attempts.get(result.ordinal()));
        }
        return counted;
    }

    /** Attempts that were made because this backend had not answered one, or not yet. */
    public Map<RetryReason, Long> retries() {
        Map<RetryReason, Long> counted = new EnumMap<>(RetryReason.class);
        for (RetryReason reason : REASONS) {
            counted.put(reason, retries.get(reason.ordinal()));
        }
        return counted;
    }

    /** Changes of health, those that there were. */
    public Map<HealthFlip, Long> flips() {
        Map<HealthFlip, Long> counted = new HashMap<>();
        flips.forEach((flip, count) -> counted.put(flip, count.sum()));
        return counted;
    }

    /** From the start of attempts to the heads of their answers. */
    public Latencies firstByte() {
        return firstByte.read();
    }

    /** From the head of clients' requests to the end of their answers, over all attempts and with the time in the queue. */
    public Latencies duration() {
        return duration.read();
    }

    /** How long probes took. */
    public Latencies probes() {
        return probes.read();
    }

    /** What figures are made of. */
    public TrafficReading read() {
        long all = 0;
        long errors = 0;
        for (Map.Entry<RequestKind, Long> counted : requests().entrySet()) {
            all += counted.getValue();
            errors += counted.getKey().error() ? counted.getValue() : 0;
        }
        return new TrafficReading(all, errors, firstByte());
    }
}
