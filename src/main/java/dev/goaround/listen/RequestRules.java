package dev.goaround.listen;

import dev.goaround.http.Authority;
import dev.goaround.http.FieldNames;
import dev.goaround.http.MalformedMessage;
import dev.goaround.http.Problem;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** What a request's head must be, beyond what the decoder checks, to be unambiguous and within the limits. */
final class RequestRules {

    private static final Problem TOO_MANY_FIELDS = new Problem(
            HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "http_request_error", "too many header fields");
    private static final Problem HEADER_TOO_LARGE = new Problem(
            HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "http_request_error", "the header is too large");
    private static final Problem LINE_TOO_LONG =
            new Problem(HttpResponseStatus.REQUEST_URI_TOO_LONG, "http_request_error", "the request line is too long");
    static final Problem BODY_TOO_LARGE =
            new Problem(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "http_request_error", "the body is too large");
    static final Problem TOO_SLOW =
            new Problem(HttpResponseStatus.REQUEST_TIMEOUT, "http_request_error", "the request did not arrive in time");
    private static final Problem METHOD =
            new Problem(HttpResponseStatus.NOT_IMPLEMENTED, "http_request_denied", "this method is not forwarded");
    private static final Problem VERSION = new Problem(
            HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED,
            "http_request_error",
            "only HTTP/1.0 and HTTP/1.1 are spoken");

    static final Problem TOO_MANY_CONNECTIONS = new Problem(
            HttpResponseStatus.SERVICE_UNAVAILABLE, "connection_limit_reached", "there are too many connections", 1);

    static final Problem NO_MEMORY = new Problem(
            HttpResponseStatus.SERVICE_UNAVAILABLE,
            "proxy_internal_error",
            "the requests under way take all the memory there is for them",
            1);

    private RequestRules() {}

    /** Returns the answer to a connection that is one too many. */
    static FullHttpResponse tooManyConnections(ByteBufAllocator allocator) {
        FullHttpResponse response = TOO_MANY_CONNECTIONS.toResponse(EmptyHttpHeaders.INSTANCE, allocator);
        response.headers().set(FieldNames.CONNECTION, HttpHeaderValues.CLOSE).set(FieldNames.DATE, HttpDate.now());
        return response;
    }

    /** Returns the answer to a message that can't be understood, or is too large to be. */
    static Problem refusal(MalformedMessage malformed) {
        return switch (malformed.fault()) {
            case SYNTAX -> Problem.badRequest("the request is malformed: " + malformed.detail());
            case VERSION -> VERSION;
            case LINE_TOO_LONG -> LINE_TOO_LONG;
            case FIELDS_TOO_LARGE -> HEADER_TOO_LARGE;
            case TOO_MANY_FIELDS -> TOO_MANY_FIELDS;
        };
    }

    /** Returns the answer that refuses the request, or null if it may pass. */
    static @Nullable Problem refusal(HttpRequest request, ListenSettings settings) {
        HttpHeaders headers = request.headers();
        if (HttpMethod.CONNECT.equals(request.method()) || HttpMethod.TRACE.equals(request.method())) {
            return METHOD;
        }
        if (request.uri().contains("%00")) {
            return Problem.badRequest("the request target has a NUL");
        }
        if (!oneHost(headers, request.protocolVersion())) {
            return Problem.badRequest("exactly one valid Host is needed");
        }
        return bodyTooLarge(headers, settings) ? BODY_TOO_LARGE : null;
    }

    /** Whether a request has a body, perhaps an empty one in chunks (RFC 9112 section 6.3). */
    static boolean hasBody(HttpRequest request) {
        HttpHeaders headers = request.headers();
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null
                ? !length.chars().allMatch(digit -> digit == '0')
                : headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    /** RFC 9112 section 3.2: exactly one in HTTP/1.1, at most one in HTTP/1.0. */
    private static boolean oneHost(HttpHeaders headers, HttpVersion version) {
        String host = headers.get(HttpHeaderNames.HOST);
        if (host == null) {
            return HttpVersion.HTTP_1_0.equals(version);
        }
        return Authority.valid(host) && headers.getAll(HttpHeaderNames.HOST).size() == 1;
    }

    private static boolean bodyTooLarge(HttpHeaders headers, ListenSettings settings) {
        if (settings.bodyLimit() == null) {
            return false;
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null
                && Long.parseLong(length.trim()) > settings.bodyLimit().toBytes();
    }
}
