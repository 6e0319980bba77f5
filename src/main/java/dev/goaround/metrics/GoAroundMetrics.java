package dev.goaround.metrics;

import dev.goaround.pool.BackendPool;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Adds GoAround's metrics to those that Micrometer has for Prometheus, once it makes its registry, which is not before somebody asks.
 *
 * <p>They are no meters of Micrometer's: those would want their labels looked up per request, and the histograms filled by it.
 */
public final class GoAroundMetrics implements MeterBinder {

    private final Supplier<PrometheusRegistry> registry;
    private final BackendPool pool;
    private final MetricSources sources;
    private final AtomicBoolean bound = new AtomicBoolean();

    public GoAroundMetrics(Supplier<PrometheusRegistry> registry, BackendPool pool, MetricSources sources) {
        this.registry = registry;
        this.pool = pool;
        this.sources = sources;
    }

    @Override
    public void bindTo(MeterRegistry any) {
        if (bound.compareAndSet(false, true)) {
            registry.get()
                    .register(new GoAroundCollector(List.of(
                            new TrafficMetrics(pool, sources.recorder()),
                            new BackendMetrics(pool, sources.recorder()),
                            new ServerMetrics(sources))));
        }
    }
}
