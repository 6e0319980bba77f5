package dev.goaround.tracing;

import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Failed;
import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.util.Locale;

/** The client span of an attempt, by OpenTelemetry's semantic conventions. */
final class OtlpAttemptSpan implements AttemptSpan {

    private static final String TRACESTATE = "tracestate";

    private final Span span;
    private final Context context;

    OtlpAttemptSpan(Span span, Context context) {
        this.span = span;
        this.context = context;
    }

    @Override
    public void mark(HttpHeaders headers) {
        headers.remove(TRACESTATE);
        W3CTraceContextPropagator.getInstance().inject(context, headers, TraceFields.WRITE);
    }

    @Override
    public void ended(Outcome outcome) {
        if (outcome instanceof Answered answered) {
            span.setAttribute(HttpAttributes.STATUS, (long) answered.status());
            if (answered.status() >= 400) {
                span.setAttribute(HttpAttributes.ERROR_TYPE, Integer.toString(answered.status()));
                span.setStatus(StatusCode.ERROR);
            }
        } else if (outcome instanceof Failed failed) {
            span.setAttribute(HttpAttributes.ERROR_TYPE, failed.kind().name().toLowerCase(Locale.ROOT));
            span.setStatus(StatusCode.ERROR, failed.detail());
        } else {
            span.setAttribute(HttpAttributes.ERROR_TYPE, "cancelled");
        }
        span.end();
    }
}
