package dev.goaround.tracing;

import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How OpenTelemetry reads and writes the header fields of traces. */
final class TraceFields {

    static final TextMapGetter<HttpHeaders> READ = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(HttpHeaders headers) {
            return headers.names();
        }

        @Override
        public @Nullable String get(@Nullable HttpHeaders headers, String name) {
            return headers == null ? null : headers.get(name);
        }
    };

    static final TextMapSetter<HttpHeaders> WRITE =
            (headers, name, value) -> Objects.requireNonNull(headers).set(name, value);

    private TraceFields() {}
}
