package dev.goaround.metrics;

import dev.goaround.observe.Latencies;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The metrics of one scrape while they are put together: a metric exists as soon as it has a value. For one thread. */
final class Families {

    private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();
    private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
    private final Map<String, HistogramSnapshot.Builder> histograms = new LinkedHashMap<>();
    private final List<InfoSnapshot> infos = new ArrayList<>();

    /** @param name without {@code _total}, which is added */
    void counter(String name, String help, Labels labels, double value) {
        counters.computeIfAbsent(
                        name, key -> CounterSnapshot.builder().name(key).help(help))
                .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(labels)
                        .value(value)
                        .build());
    }

    void gauge(String name, String help, Labels labels, double value) {
        gauges.computeIfAbsent(name, key -> GaugeSnapshot.builder().name(key).help(help))
                .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .labels(labels)
                        .value(value)
                        .build());
    }

    void histogram(String name, String help, Labels labels, Latencies latencies, Buckets buckets) {
        histograms
                .computeIfAbsent(
                        name, key -> HistogramSnapshot.builder().name(key).help(help))
                .dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                        .labels(labels)
                        .classicHistogramBuckets(buckets.of(latencies))
                        .sum(latencies.sum().toNanos() / 1e9)
                        .build());
    }

    /** @param name without {@code _info}, which is added */
    void info(String name, String help, Labels labels) {
        infos.add(InfoSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                        .labels(labels)
                        .build())
                .build());
    }

    MetricSnapshots snapshots() {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        counters.values().forEach(counter -> all.metricSnapshot(counter.build()));
        gauges.values().forEach(gauge -> all.metricSnapshot(gauge.build()));
        histograms.values().forEach(histogram -> all.metricSnapshot(histogram.build()));
        infos.forEach(all::metricSnapshot);
        return all.build();
    }

    /** Into which latencies are sorted: fixed, since quantiles over several instances need the same of all. */
    @SuppressWarnings("ImmutableEnumChecker") // Nobody writes to them.
    enum Buckets {
        /** Of requests and what is part of them. */
        REQUESTS(1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000),
        /** Of what should hardly take any time. */
        SHORT(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000),
        /** Of probes, of which there are few. */
        PROBES(1, 5, 10, 50, 100, 500, 1_000, 5_000);

        private final long[] ends;
        private final double[] seconds;

        Buckets(double... millis) {
            ends = new long[millis.length];
            seconds = new double[millis.length + 1];
            for (int i = 0; i < millis.length; i++) {
                ends[i] = Math.round(millis[i] * 1e6);
                seconds[i] = Math.round(millis[i] * 1e6) / 1e9;
            }
            seconds[millis.length] = Double.POSITIVE_INFINITY;
        }

        private ClassicHistogramBuckets of(Latencies latencies) {
            long[] counts = latencies.within(ends);
            double[] copy = seconds.clone();
            return ClassicHistogramBuckets.of(copy, counts);
        }
    }
}
