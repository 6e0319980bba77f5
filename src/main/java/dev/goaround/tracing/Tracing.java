package dev.goaround.tracing;

import dev.goaround.listen.InboundRequest;
import org.jspecify.annotations.Nullable;

/** Begins the spans of requests. Thread-safe. */
public interface Tracing extends AutoCloseable {

    /** Begins the span of a request, or returns null where nothing is traced. */
    @Nullable
    RequestSpan begin(InboundRequest request);

    /** Sends what has ended, for a few seconds at the most. */
    @Override
    void close();

    /** Traces as the settings say. */
    static Tracing of(TracingSettings settings) {
        return settings.endpoint() == null ? new NoTracing() : OtlpTracing.to(settings.endpoint(), settings);
    }
}
