package dev.goaround.metrics;

import dev.goaround.config.ReloadStatus;
import dev.goaround.listen.ListenCounts;
import dev.goaround.listen.ListenCounts.Limit;
import dev.goaround.listen.ServerTls;
import dev.goaround.listen.TrafficServer;
import dev.goaround.metrics.Families.Buckets;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.internal.PlatformDependent;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** What is not about one backend: clients' connections, the queue, limits, certificates, event loops and memory. */
@SuppressWarnings("LongDoubleConversion") // What Prometheus takes are doubles.
final class ServerMetrics implements Consumer<Families> {

    private static final Labels NO_LABELS = Labels.EMPTY;
    private static final String LIMITS =
            "Times that a limit was reached, and somebody turned away or something not done.";

    private final MetricSources sources;

    ServerMetrics(MetricSources sources) {
        this.sources = sources;
    }

    @Override
    public void accept(Families families) {
        families.info("goaround_build", "What runs.", Labels.of("version", sources.version()));
        sources.traffic()
                .server()
                .ifPresent(server -> clients(families, server, sources.traffic().counts()));
        queue(families);
        limits(families, sources.traffic().counts());
        sources.traffic().tls().ifPresent(tls -> certificates(families, tls));
        resources(families);
    }

    private static void clients(Families families, TrafficServer server, ListenCounts counts) {
        families.gauge("goaround_requests_in_flight", "Requests being served.", NO_LABELS, server.running());
        families.gauge(
                "goaround_client_connections_open", "Open connections of clients.", NO_LABELS, server.connections());
        families.counter(
                "goaround_client_connections_accepted",
                "Connections of clients that were accepted.",
                NO_LABELS,
                counts.connections());
        String handshakes = "TLS handshakes of clients.";
        families.counter("goaround_tls_handshakes", handshakes, Labels.of("result", "completed"), counts.handshakes());
        families.counter(
                "goaround_tls_handshakes", handshakes, Labels.of("result", "failed"), counts.failedHandshakes());
    }

    private void queue(Families families) {
        families.gauge(
                "goaround_queue_length",
                "Requests that wait for a backend's place.",
                NO_LABELS,
                sources.queue().length());
        families.histogram(
                "goaround_queue_wait_seconds",
                "How long requests have waited for a backend's place, whatever came of that.",
                NO_LABELS,
                sources.recorder().queued(),
                Buckets.REQUESTS);
    }

    private void limits(Families families, ListenCounts counts) {
        for (Limit limit : Limit.values()) {
            reached(families, limit.name().toLowerCase(Locale.ROOT), counts.limit(limit));
        }
        reached(families, "queue_full", sources.queue().turnedAway());
        reached(families, "queue_time", sources.queue().outOfTime());
        reached(families, "retry_budget", sources.retries().denied());
        reached(families, "replay_memory", sources.replayMemory().denied());
    }

    private static void reached(Families families, String limit, long count) {
        families.counter("goaround_limits_reached", LIMITS, Labels.of("limit", limit), count);
    }

    private static void reloaded(Families families, String result, long count) {
        families.counter(
                "goaround_configuration_reloads",
                "Times that the configuration was read again, by what came of it.",
                Labels.of("result", result),
                count);
    }

    private static void certificates(Families families, ServerTls tls) {
        List<ServerTls.CertificateStatus> served = tls.certificates();
        for (int i = 0; i < served.size(); i++) {
            List<String> names = served.get(i).names();
            families.gauge(
                    "goaround_certificate_expiry_timestamp_seconds",
                    "When a certificate that clients are served expires, in seconds since the epoch.",
                    Labels.of("number", Integer.toString(i + 1), "name", names.isEmpty() ? "" : names.get(0)),
                    served.get(i).expiry().getEpochSecond());
        }
    }

    private void resources(Families families) {
        families.counter(
                "goaround_access_log_dropped",
                "Requests that are missing in the access log.",
                NO_LABELS,
                sources.accessLog().dropped());
        families.counter(
                "goaround_management_tokens_refused",
                "Requests to the management port with a wrong token.",
                NO_LABELS,
                sources.refusedTokens().total());
        ReloadStatus reloads = sources.reloads().get();
        reloaded(families, "applied", reloads.reloads());
        reloaded(families, "refused", reloads.refused());
        families.histogram(
                "goaround_event_loop_delay_seconds",
                "How late event loops begin a task that is due at once.",
                NO_LABELS,
                sources.delays().read(),
                Buckets.SHORT);
        families.gauge(
                "goaround_replay_memory_bytes",
                "Bytes of requests' bodies that are kept for another attempt.",
                NO_LABELS,
                sources.replayMemory().kept());
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator) {
            families.gauge(
                    "goaround_direct_memory_bytes",
                    "Memory outside of the heap that buffers take.",
                    NO_LABELS,
                    allocator.metric().usedDirectMemory());
        }
        families.gauge(
                "goaround_direct_memory_limit_bytes",
                "Most memory outside of the heap that buffers may take.",
                NO_LABELS,
                PlatformDependent.maxDirectMemory());
    }
}
