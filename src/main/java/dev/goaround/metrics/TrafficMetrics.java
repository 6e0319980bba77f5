package dev.goaround.metrics;

import dev.goaround.metrics.Families.Buckets;
import dev.goaround.observe.RequestKind;
import dev.goaround.observe.Traffic;
import dev.goaround.observe.Traffic.HealthFlip;
import dev.goaround.observe.TrafficRecorder;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Member;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Requests, attempts, probes and changes of health by backend, as far as backends are counted apart. */
@SuppressWarnings("LongDoubleConversion") // What Prometheus takes are doubles.
final class TrafficMetrics implements Consumer<Families> {

    /** What the label {@code backend} says of those that are counted together. */
    static final String OTHERS = "other";

    /** What it says of requests that no backend was asked about. */
    private static final String NONE = "none";

    private final BackendPool pool;
    private final TrafficRecorder recorder;

    TrafficMetrics(BackendPool pool, TrafficRecorder recorder) {
        this.pool = pool;
        this.recorder = recorder;
    }

    @Override
    public void accept(Families families) {
        Map<String, Traffic> byBackend = new LinkedHashMap<>();
        var known = recorder.byBackend();
        for (Member member : pool.snapshot().members()) {
            Traffic traffic = known.get(member.backend());
            if (traffic != null) {
                byBackend.put(member.backend().id(), traffic);
            }
        }
        byBackend.forEach((backend, traffic) -> ofBackend(families, backend, traffic));
        if (used(recorder.others())) {
            ofBackend(families, OTHERS, recorder.others());
        }
        requests(families, NONE, recorder.unsent());
    }

    /** Most have no use for a series of it. */
    private static boolean used(Traffic traffic) {
        return traffic.duration().count() > 0
                || traffic.probes().count() > 0
                || traffic.attempts().values().stream().anyMatch(count -> count > 0);
    }

    private static void ofBackend(Families families, String backend, Traffic traffic) {
        requests(families, backend, traffic);
        traffic.attempts()
                .forEach((result, count) -> families.counter(
                        "goaround_attempts",
                        "Attempts that have ended.",
                        Labels.of("backend", backend, "result", label(result)),
                        count));
        traffic.retries()
                .forEach((reason, count) -> families.counter(
                        "goaround_retries",
                        "Attempts that were made because this backend had no answer to one, or none yet.",
                        Labels.of("backend", backend, "reason", label(reason)),
                        count));
        families.histogram(
                "goaround_attempt_first_byte_seconds",
                "From the start of an attempt to the head of its answer.",
                Labels.of("backend", backend),
                traffic.firstByte(),
                Buckets.REQUESTS);
        families.histogram(
                "goaround_probe_duration_seconds",
                "How long probes took, failed ones included.",
                Labels.of("backend", backend),
                traffic.probes(),
                Buckets.PROBES);
        flips(families, backend, traffic);
    }

    private static void requests(Families families, String backend, Traffic traffic) {
        traffic.requests()
                .forEach((kind, count) -> families.counter(
                        "goaround_requests", "Requests of clients that have ended.", labels(backend, kind), count));
        families.histogram(
                "goaround_request_duration_seconds",
                "From the head of a request to the end of its answer.",
                Labels.of("backend", backend),
                traffic.duration(),
                Buckets.REQUESTS);
    }

    private static Labels labels(String backend, RequestKind kind) {
        return Labels.of(
                "backend",
                backend,
                "method",
                label(kind.method()),
                "status",
                kind.statusClass() == 0 ? NONE : kind.statusClass() + "xx",
                "protocol",
                kind.protocol().label(),
                "outcome",
                label(kind.outcome()));
    }

    private static void flips(Families families, String backend, Traffic traffic) {
        Map<String, Long> ejections = new TreeMap<>();
        ejections.put("broken", 0L);
        ejections.put("gateway_errors", 0L);
        ejections.put("outlier", 0L);
        traffic.flips().forEach((flip, count) -> {
            families.counter(
                    "goaround_backend_flips",
                    "Changes of a backend's health.",
                    Labels.of("backend", backend, "to", flip.to().label(), "cause", flip.cause()),
                    count);
            count(ejections, flip, count);
        });
        ejections.forEach((cause, count) -> families.counter(
                "goaround_backend_ejections",
                "Times that live traffic alone took a backend out.",
                Labels.of("backend", backend, "cause", cause),
                count));
    }

    private static void count(Map<String, Long> ejections, HealthFlip flip, long count) {
        if (flip.ejection()) {
            ejections.merge(flip.cause(), count, Long::sum);
        }
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
