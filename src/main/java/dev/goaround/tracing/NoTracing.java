package dev.goaround.tracing;

import dev.goaround.listen.InboundRequest;
import org.jspecify.annotations.Nullable;

/** What clients and backends say to each other of traces passes as it is. */
record NoTracing() implements Tracing {

    @Override
    public @Nullable RequestSpan begin(InboundRequest request) {
        return null;
    }

    @Override
    public void close() {
        // There is nothing to send.
    }
}
