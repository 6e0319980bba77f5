package dev.goaround.metrics;

import dev.goaround.observe.TrafficRecorder;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Health;
import dev.goaround.pool.Member;
import dev.goaround.pool.OperatorState;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** The state of each backend, its places and its connections; sums over those that are counted together. */
@SuppressWarnings("LongDoubleConversion") // What Prometheus takes are doubles.
final class BackendMetrics implements Consumer<Families> {

    private static final List<String> STATES = Stream.concat(
                    Stream.of(Health.values()).map(Health::label),
                    Stream.of(OperatorState.DISABLED).map(OperatorState::label))
            .toList();

    private final BackendPool pool;
    private final TrafficRecorder recorder;

    BackendMetrics(BackendPool pool, TrafficRecorder recorder) {
        this.pool = pool;
        this.recorder = recorder;
    }

    @Override
    public void accept(Families families) {
        Scrape scrape = new Scrape(
                families, pool.snapshot().members(), recorder.byBackend().keySet());
        for (String state : STATES) {
            scrape.gauge(
                    "goaround_backend_state",
                    "1 for the state that a backend is in.",
                    member -> state(member).equals(state) ? 1 : 0,
                    "state",
                    state);
        }
        scrape.gauge("goaround_backend_in_flight", "Attempts running.", of(Backend::inFlight));
        scrape.gauge("goaround_backend_limit", "Most attempts that may run at once.", of(Backend::limit));
        scrape.gauge(
                "goaround_backend_tunnels",
                "Connections that have switched protocols.",
                of(backend -> backend.tunnels().get()));
        connections(scrape);
        scrape.counter(
                "goaround_backend_sent_bytes",
                "Bytes of bodies sent to a backend.",
                of(backend -> backend.bytesSent().sum()));
        scrape.counter(
                "goaround_backend_received_bytes",
                "Bytes of bodies received from a backend.",
                of(backend -> backend.bytesReceived().sum()));
    }

    private static void connections(Scrape scrape) {
        String open = "Open connections to a backend.";
        scrape.gauge("goaround_backend_connections", open, of(BackendMetrics::active), "state", "active");
        scrape.gauge(
                "goaround_backend_connections",
                open,
                of(backend -> backend.idleConnections().get()),
                "state",
                "idle");
        scrape.gauge(
                "goaround_backend_connections_pending",
                "Attempts that wait for a connection.",
                of(backend -> backend.connectionCounts().pending().get()));
        scrape.counter(
                "goaround_backend_connections_opened",
                "Connections that were opened.",
                of(backend -> backend.connectionCounts().opened().sum()));
        scrape.counter(
                "goaround_backend_connections_reused",
                "Attempts on a connection that had carried another.",
                of(backend -> backend.connectionCounts().reused().sum()));
        scrape.counter(
                "goaround_backend_connections_closed_early",
                "Idle connections that the backend closed before GoAround did.",
                of(backend -> backend.connectionCounts().closedEarly().sum()));
    }

    private static ToDoubleFunction<Member> of(ToDoubleFunction<Backend> value) {
        return member -> value.applyAsDouble(member.backend());
    }

    private static double active(Backend backend) {
        return Math.max(
                0, backend.openConnections().get() - backend.idleConnections().get());
    }

    /** What an operator has said comes first. */
    private static String state(Member member) {
        return member.state() == OperatorState.READY
                ? member.health().label()
                : member.state().label();
    }

    /** The values of one scrape, those of backends that are counted together added up. */
    private record Scrape(Families families, List<Member> members, Set<Backend> apart) {

        void gauge(String name, String help, ToDoubleFunction<Member> value, String... more) {
            sums(value).forEach((backend, sum) -> families.gauge(name, help, labels(backend, more), sum));
        }

        void counter(String name, String help, ToDoubleFunction<Member> value) {
            sums(value).forEach((backend, sum) -> families.counter(name, help, labels(backend), sum));
        }

        private static Labels labels(String backend, String... more) {
            return more.length == 0 ? Labels.of("backend", backend) : Labels.of("backend", backend, more[0], more[1]);
        }

        private Map<String, Double> sums(ToDoubleFunction<Member> value) {
            Map<String, Double> sums = new LinkedHashMap<>();
            for (Member member : members) {
                String label =
                        apart.contains(member.backend()) ? member.backend().id() : TrafficMetrics.OTHERS;
                sums.merge(label, value.applyAsDouble(member), Double::sum);
            }
            return sums;
        }
    }
}
