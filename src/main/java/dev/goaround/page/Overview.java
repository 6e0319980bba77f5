package dev.goaround.page;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.goaround.observe.TrafficFigures;
import dev.goaround.observe.TrafficHistory;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Member;
import dev.goaround.pool.PoolSnapshot;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the traffic is, as {@code /actuator/goaround/overview} shows it. The names of the components are a contract with whoever
 * reads the JSON.
 *
 * @param verdict how things stand, in words
 * @param queued requests that wait for a backend's place
 * @param minute the last minute, over all requests
 * @param history every ten seconds of the last quarter of an hour, the latest last
 * @param backends the last minute by the backends' ids
 */
public record Overview(
        Verdict verdict, int queued, Figures minute, List<Figures> history, Map<String, BackendTraffic> backends) {

    /** Slots of ten seconds in a backend's small chart: five minutes. */
    private static final int SHORT_HISTORY = 30;

    public Overview {
        history = List.copyOf(history);
    }

    static Overview of(PoolSnapshot pool, TrafficHistory history, int queued) {
        TrafficFigures minute = history.minute();
        Map<String, BackendTraffic> backends = new LinkedHashMap<>();
        Map<Backend, TrafficFigures> figures = new LinkedHashMap<>();
        double all = 0;
        for (Member member : pool.members()) {
            Optional<TrafficFigures> own = history.minute(member.backend());
            if (own.isPresent()) {
                figures.put(member.backend(), own.get());
                all += own.get().requestsPerSecond();
            }
        }
        double total = all;
        figures.forEach((backend, own) ->
                backends.put(backend.id(), BackendTraffic.of(backend, own, total, history.history(backend))));
        return new Overview(
                Verdict.of(pool, queued, minute),
                queued,
                Figures.of(minute),
                history.history().stream().map(Figures::of).toList(),
                backends);
    }

    /**
     * What a stretch of time was like.
     *
     * @param errorShare of the requests, those whose client got a 5xx or an answer that broke off, from 0 to 1
     * @param p50Millis the time to the head of an answer that half of the attempts did not exceed
     * @param p95Millis likewise 95 of 100
     * @param p99Millis likewise 99 of 100
     */
    public record Figures(
            double requestsPerSecond, double errorShare, double p50Millis, double p95Millis, double p99Millis) {

        static Figures of(TrafficFigures figures) {
            return new Figures(
                    rounded(figures.requestsPerSecond()),
                    Math.round(figures.errorShare() * 10_000) / 10_000.0,
                    millis(figures.p50()),
                    millis(figures.p95()),
                    millis(figures.p99()));
        }
    }

    /**
     * The last minute of a backend.
     *
     * @param share of the traffic of all, from 0 to 1
     * @param p95History the p95 in milliseconds of every ten seconds of the last five minutes, the latest last
     * @param connectionsReused of its requests, those that needed no new connection, from 0 to 1, since it joined
     * @param waitingForConnection attempts that wait for a connection to it
     */
    public record BackendTraffic(
            double requestsPerSecond,
            double share,
            double errorShare,
            double p50Millis,
            double p95Millis,
            double p99Millis,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Double> p95History,
            double connectionsReused,
            int waitingForConnection) {

        public BackendTraffic {
            p95History = List.copyOf(p95History);
        }

        static BackendTraffic of(Backend backend, TrafficFigures minute, double all, List<TrafficFigures> history) {
            Figures figures = Figures.of(minute);
            List<TrafficFigures> latest = history.subList(Math.max(0, history.size() - SHORT_HISTORY), history.size());
            long reused = backend.connectionCounts().reused().sum();
            long fresh = backend.connectionCounts().opened().sum();
            return new BackendTraffic(
                    figures.requestsPerSecond(),
                    all == 0 ? 0 : Math.round(minute.requestsPerSecond() / all * 10_000) / 10_000.0,
                    figures.errorShare(),
                    figures.p50Millis(),
                    figures.p95Millis(),
                    figures.p99Millis(),
                    latest.stream().map(slot -> millis(slot.p95())).toList(),
                    reused + fresh == 0 ? 0 : Math.round((double) reused / (reused + fresh) * 10_000) / 10_000.0,
                    backend.connectionCounts().pending().get());
        }
    }

    private static double rounded(double number) {
        return Math.round(number * 10) / 10.0;
    }

    private static double millis(Duration time) {
        return rounded(time.toNanos() / 1e6);
    }
}
