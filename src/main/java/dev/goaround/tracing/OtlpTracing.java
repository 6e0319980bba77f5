package dev.goaround.tracing;

import dev.goaround.listen.InboundRequest;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Sends spans to a collector by OTLP over HTTP, in batches, from a thread of its own. Event loops only put them into a queue; what does
 * not fit is dropped.
 */
final class OtlpTracing implements Tracing {

    private static final int LONGEST_QUEUE = 2048;
    private static final int LARGEST_BATCH = 512;
    private static final int LONGEST_TEXT = 1024;
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    private OtlpTracing(SpanExporter exporter, TracingSettings settings) {
        BatchSpanProcessor batches = BatchSpanProcessor.builder(exporter)
                .setMaxQueueSize(LONGEST_QUEUE)
                .setMaxExportBatchSize(LARGEST_BATCH)
                .setScheduleDelay(EVERY)
                .setExporterTimeout(TIMEOUT)
                .build();
        provider = SdkTracerProvider.builder()
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(settings.ratio())))
                .setResource(Resource.getDefault().toBuilder()
                        .put(AttributeKey.stringKey("service.name"), settings.serviceName())
                        .build())
                .setSpanLimits(SpanLimits.builder()
                        .setMaxAttributeValueLength(LONGEST_TEXT)
                        .build())
                .addSpanProcessor(batches)
                .build();
        tracer = provider.get("dev.goaround");
    }

    static OtlpTracing to(URI endpoint, TracingSettings settings) {
        SpanExporter exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(endpoint.toString())
                .setTimeout(TIMEOUT)
                .build();
        return new OtlpTracing(exporter, settings);
    }

    @Override
    public RequestSpan begin(InboundRequest request) {
        Context parent = W3CTraceContextPropagator.getInstance()
                .extract(Context.root(), request.head().headers(), TraceFields.READ);
        SpanBuilder span = tracer.spanBuilder(HttpAttributes.name(request.head().method()))
                .setParent(parent)
                .setSpanKind(SpanKind.SERVER);
        return new OtlpRequestSpan(tracer, request, span.startSpan(), parent);
    }

    @Override
    public void close() {
        provider.shutdown().join(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }
}
