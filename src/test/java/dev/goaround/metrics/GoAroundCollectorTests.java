package dev.goaround.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.observe.ClientProtocol;
import dev.goaround.observe.MethodClass;
import dev.goaround.observe.RequestOutcome;
import dev.goaround.observe.TrafficRecorder;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which backends a scrape tells apart. */
class GoAroundCollectorTests {

    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), Clock.systemUTC());
    private final TrafficRecorder recorder = new TrafficRecorder(pool);
    private final GoAroundCollector collector =
            new GoAroundCollector(List.of(new TrafficMetrics(pool, recorder), new BackendMetrics(pool, recorder)));

    GoAroundCollectorTests() {
        pool.whenChanged(recorder::follow);
    }

    @Test
    void aBackendThatHasLeftIsNotInTheNextScrape() {
        Backend leaves = join(9000, 9001).get(0);
        request(leaves, 5);
        assertThat(backends()).containsExactlyInAnyOrder("localhost-9000", "localhost-9001", "none");

        join(9001);
        assertThat(backends()).containsExactlyInAnyOrder("localhost-9001", "none");

        request(leaves, 5);
        assertThat(backends())
                .as("what ends late is counted with the others")
                .containsExactlyInAnyOrder("localhost-9001", "other", "none");
    }

    @Test
    void beyondAThousandTheRestIsOne() {
        List<Backend> backends = join(IntStream.range(1000, 2005).toArray());
        backends.forEach(backend -> request(backend, 5));
        backends.forEach(backend -> backend.bytesSent().add(7));

        assertThat(backends()).hasSize(1002).contains("other").doesNotContain("localhost-2003");
        assertThat(values("goaround_backend_sent_bytes", "other")).containsExactly(35.0);
        assertThat(values("goaround_backend_limit", "other")).containsExactly(5 * 1024.0);
        assertThat(values("goaround_requests", "other")).containsExactly(5.0);
        assertThat(values("goaround_backend_state", "other")).containsExactlyInAnyOrder(5.0, 0.0, 0.0, 0.0);
    }

    @Test
    void latenciesAreInBucketsThatEndWithThem() {
        request(join(9000).get(0), 5);
        HistogramDataPointSnapshot point =
                (HistogramDataPointSnapshot) points("goaround_request_duration_seconds", "localhost-9000")
                        .findFirst()
                        .orElseThrow();

        assertThat(point.getCount()).isEqualTo(1);
        assertThat(point.getSum()).isEqualTo(0.005);
        var buckets = point.getClassicBuckets();
        assertThat(IntStream.range(0, buckets.size())
                        .filter(i -> buckets.getCount(i) == 1)
                        .mapToObj(buckets::getUpperBound))
                .containsExactly(0.005);
        assertThat(IntStream.range(0, buckets.size()).mapToObj(buckets::getUpperBound))
                .containsExactly(
                        0.001,
                        0.0025,
                        0.005,
                        0.01,
                        0.025,
                        0.05,
                        0.1,
                        0.25,
                        0.5,
                        1.0,
                        2.5,
                        5.0,
                        10.0,
                        25.0,
                        100.0,
                        Double.POSITIVE_INFINITY);
    }

    private void request(Backend backend, int millis) {
        recorder.requestEnded(
                backend, MethodClass.SAFE, 200, ClientProtocol.HTTP1, RequestOutcome.ANSWERED, millis * 1_000_000L);
    }

    /** All that the label says in one scrape. */
    private List<String> backends() {
        return collector.collect().stream()
                .flatMap(metric -> metric.getDataPoints().stream())
                .map(point -> point.getLabels().get("backend"))
                .distinct()
                .toList();
    }

    private List<Double> values(String metric, String backend) {
        return points(metric, backend)
                .map(point -> point instanceof CounterDataPointSnapshot counter
                        ? counter.getValue()
                        : ((GaugeDataPointSnapshot) point).getValue())
                .toList();
    }

    private Stream<? extends DataPointSnapshot> points(String metric, String backend) {
        MetricSnapshot found = collector.collect().stream()
                .filter(snapshot -> snapshot.getMetadata().getName().equals(metric))
                .findFirst()
                .orElseThrow();
        return found.getDataPoints().stream()
                .filter(point -> backend.equals(point.getLabels().get("backend")));
    }

    private List<Backend> join(int... ports) {
        pool.replace(IntStream.of(ports)
                .mapToObj(port -> new BackendSpec(URI.create("http://localhost:" + port), 1, 1024, false))
                .toList());
        return pool.snapshot().members().stream()
                .map(member -> member.backend())
                .toList();
    }
}
