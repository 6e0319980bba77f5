package dev.goaround.tracing;

import dev.goaround.http.FieldNames;
import dev.goaround.http.Problem;
import dev.goaround.listen.InboundRequest;
import dev.goaround.listen.ServedRequest;
import dev.goaround.pool.Backend;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.net.URI;
import java.util.Locale;

/** The server span of a request, by OpenTelemetry's semantic conventions. */
final class OtlpRequestSpan implements RequestSpan {

    private final Tracer tracer;
    private final InboundRequest request;
    private final Span span;
    private final Context context;

    OtlpRequestSpan(Tracer tracer, InboundRequest request, Span span, Context parent) {
        this.tracer = tracer;
        this.request = request;
        this.span = span;
        this.context = parent.with(span);
    }

    @Override
    public AttemptSpan attempt(Backend backend, int number) {
        Span attempt = tracer.spanBuilder(HttpAttributes.name(request.head().method()))
                .setParent(context)
                .setSpanKind(SpanKind.CLIENT)
                .startSpan();
        if (attempt.isRecording()) {
            URI uri = backend.spec().uri();
            String path = HttpAttributes.path(request.head().uri());
            HttpAttributes.method(attempt, request.head().method());
            attempt.setAttribute(HttpAttributes.SERVER, backend.spec().host());
            attempt.setAttribute(
                    HttpAttributes.SERVER_PORT, (long) backend.spec().port());
            attempt.setAttribute(
                    HttpAttributes.URL,
                    uri.getScheme() + "://" + uri.getRawAuthority() + backend.basePath()
                            + (path.startsWith("/") ? path : "/"));
            attempt.setAttribute(HttpAttributes.BACKEND, backend.id());
            if (number > 1) {
                attempt.setAttribute(HttpAttributes.RESEND_COUNT, (long) number - 1);
            }
        }
        return new OtlpAttemptSpan(attempt, context.with(attempt));
    }

    @Override
    public void ended(ServedRequest served) {
        if (span.isRecording()) {
            describe(served);
        }
        span.end();
    }

    private void describe(ServedRequest served) {
        HttpHeaders headers = request.head().headers();
        HttpAttributes.method(span, request.head().method());
        span.setAttribute(HttpAttributes.SCHEME, request.peer().https() ? "https" : "http");
        span.setAttribute(
                HttpAttributes.PATH, HttpAttributes.path(request.head().uri()));
        span.setAttribute(HttpAttributes.PROTOCOL, served.version().replaceFirst("^([23])\\.0$", "$1"));
        span.setAttribute(HttpAttributes.CLIENT, served.client());
        span.setAttribute(HttpAttributes.REQUEST_ID, served.id());
        String host = headers.get(FieldNames.HOST);
        if (host != null && !host.isEmpty()) {
            span.setAttribute(HttpAttributes.SERVER, host.replaceFirst(":[0-9]*$", ""));
        }
        String agent = headers.get(HttpHeaderNames.USER_AGENT);
        if (agent != null) {
            span.setAttribute(HttpAttributes.USER_AGENT, agent);
        }
        if (served.status() > 0) {
            span.setAttribute(HttpAttributes.STATUS, (long) served.status());
        }
        Problem problem = served.problem();
        ServedRequest.Cut cut = served.cut();
        if (cut != null) {
            span.setAttribute(HttpAttributes.ERROR_TYPE, cut.name().toLowerCase(Locale.ROOT));
        } else if (problem != null) {
            span.setAttribute(HttpAttributes.ERROR_TYPE, problem.reason());
        } else if (served.status() >= 500) {
            span.setAttribute(HttpAttributes.ERROR_TYPE, Integer.toString(served.status()));
        }
        if (served.status() >= 500 || cut == ServedRequest.Cut.BACKEND_BROKE_OFF) {
            span.setStatus(StatusCode.ERROR);
        }
    }
}
