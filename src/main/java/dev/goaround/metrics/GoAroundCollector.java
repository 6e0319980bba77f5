package dev.goaround.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.Consumer;

/**
 * Puts GoAround's metrics together at each scrape, out of what was counted meanwhile. Backends that have left the pool are thereby gone
 * from the next scrape, and a request costs no more than the counting.
 */
final class GoAroundCollector implements MultiCollector {

    private final List<Consumer<Families>> parts;

    GoAroundCollector(List<Consumer<Families>> parts) {
        this.parts = List.copyOf(parts);
    }

    @Override
    public MetricSnapshots collect() {
        Families families = new Families();
        parts.forEach(part -> part.accept(families));
        return families.snapshots();
    }
}
