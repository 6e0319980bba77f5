package dev.goaround.tracing;

import io.netty.handler.codec.http.HttpMethod;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import java.util.Set;

/** What OpenTelemetry's semantic conventions for HTTP spans say of names and methods. */
final class HttpAttributes {

    static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    static final AttributeKey<String> ORIGINAL_METHOD = AttributeKey.stringKey("http.request.method_original");
    static final AttributeKey<Long> RESEND_COUNT = AttributeKey.longKey("http.request.resend_count");
    static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    static final AttributeKey<String> SCHEME = AttributeKey.stringKey("url.scheme");
    static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
    static final AttributeKey<String> URL = AttributeKey.stringKey("url.full");
    static final AttributeKey<String> CLIENT = AttributeKey.stringKey("client.address");
    static final AttributeKey<String> SERVER = AttributeKey.stringKey("server.address");
    static final AttributeKey<Long> SERVER_PORT = AttributeKey.longKey("server.port");
    static final AttributeKey<String> PROTOCOL = AttributeKey.stringKey("network.protocol.version");
    static final AttributeKey<String> USER_AGENT = AttributeKey.stringKey("user_agent.original");
    static final AttributeKey<String> REQUEST_ID = AttributeKey.stringKey("goaround.request.id");
    static final AttributeKey<String> BACKEND = AttributeKey.stringKey("goaround.backend");

    /** Methods that have a span name of their own; any other text in it would let clients make up names without end. */
    private static final Set<String> KNOWN =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY");

    private HttpAttributes() {}

    /** The name of a span where there is no route. */
    static String name(HttpMethod method) {
        return KNOWN.contains(method.name()) ? method.name() : "HTTP";
    }

    static void method(Span span, HttpMethod method) {
        boolean known = KNOWN.contains(method.name());
        span.setAttribute(METHOD, known ? method.name() : "_OTHER");
        if (!known) {
            span.setAttribute(ORIGINAL_METHOD, method.name());
        }
    }

    /** The path of a target. Queries stay out: they hold what is nobody else's business. */
    static String path(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }
}
