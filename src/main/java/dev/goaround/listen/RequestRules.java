package dev.goaround.listen;

import dev.goaround.http.Authority;
import dev.goaround.http.Problem;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
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

    private RequestRules() {}

    /** Returns the answer to a message that the decoder could not read. */
    static Problem undecodable(Throwable cause) {
        Throwable inner = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        if (inner instanceof TooLongHttpLineException) {
            return LINE_TOO_LONG;
        }
        if (inner instanceof TooLongHttpHeaderException) {
            return HEADER_TOO_LARGE;
        }
        return Problem.badRequest("the request is malformed");
    }

    /** Returns the answer that refuses the request, or null if it may pass. */
    static @Nullable Problem refusal(HttpRequest request, ListenSettings settings) {
        HttpHeaders headers = request.headers();
        if (headers.size() > settings.headerCountLimit()) {
            return TOO_MANY_FIELDS;
        }
        HttpVersion version = request.protocolVersion();
        if (!HttpVersion.HTTP_1_1.equals(version) && !HttpVersion.HTTP_1_0.equals(version)) {
            return VERSION;
        }
        if (HttpMethod.CONNECT.equals(request.method()) || HttpMethod.TRACE.equals(request.method())) {
            return METHOD;
        }
        if (!printable(request.uri())) {
            return Problem.badRequest("the request target has control characters");
        }
        if (!oneHost(headers, version)) {
            return Problem.badRequest("exactly one valid Host is needed");
        }
        if (!clearFraming(headers)) {
            return Problem.badRequest("the only transfer coding understood is chunked");
        }
        return bodyTooLarge(headers, settings) ? BODY_TOO_LARGE : null;
    }

    /** Whether a request has a body, perhaps an empty one in chunks (RFC 9112 section 6.3). */
    static boolean hasBody(HttpRequest request) {
        HttpHeaders headers = request.headers();
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null ? !"0".equals(length) : headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    /** RFC 9112 section 3.2: exactly one in HTTP/1.1, at most one in HTTP/1.0. */
    private static boolean oneHost(HttpHeaders headers, HttpVersion version) {
        String host = headers.get(HttpHeaderNames.HOST);
        if (host == null) {
            return HttpVersion.HTTP_1_0.equals(version);
        }
        return Authority.valid(host) && headers.getAll(HttpHeaderNames.HOST).size() == 1;
    }

    /** Control characters and spaces end a target or say nothing; some servers stop reading at them (RFC 3986). */
    private static boolean printable(String target) {
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c == 0x7f) {
                return false;
            }
        }
        return true;
    }

    /** RFC 9112 section 6.1: anything but a single "chunked" leaves room for two readings. */
    private static boolean clearFraming(HttpHeaders headers) {
        if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return true;
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        return codings.size() == 1 && "chunked".equalsIgnoreCase(codings.get(0));
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
