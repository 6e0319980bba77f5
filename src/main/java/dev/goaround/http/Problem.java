package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An answer of GoAround's own: it says what went wrong, and nothing about backends, their addresses or the software.
 *
 * <p>Clients that name JSON in {@code Accept} get {@code application/problem+json} (RFC 9457), all others one line of
 * text. The {@code Proxy-Status} field (RFC 9209) names the reason either way.
 *
 * @param status the status code
 * @param reason error type of RFC 9209 section 2.3
 * @param detail one sentence for people
 * @param retryAfterSeconds when to come again, or 0 to say nothing about that
 * @param grpcStatus gRPC's status code, or null for the one that comes closest to the status
 */
public record Problem(
        HttpResponseStatus status,
        String reason,
        String detail,
        int retryAfterSeconds,
        @Nullable Integer grpcStatus) {

    private static final String GRPC = "application/grpc";
    private static final String JSON = "application/problem+json";
    private static final String TEXT = "text/plain; charset=utf-8";

    public Problem(HttpResponseStatus status, String reason, String detail) {
        this(status, reason, detail, 0);
    }

    public Problem(HttpResponseStatus status, String reason, String detail, int retryAfterSeconds) {
        this(status, reason, detail, retryAfterSeconds, null);
    }

    /** Returns the same, in other words for clients of gRPC. */
    public Problem withGrpcStatus(int code) {
        return new Problem(status, reason, detail, retryAfterSeconds, code);
    }

    /** The request is not acceptable as it is. */
    public static Problem badRequest(String detail) {
        return new Problem(HttpResponseStatus.BAD_REQUEST, "http_request_error", detail);
    }

    /** Whether the request is to blame, so that what follows it on its connection can't be trusted either. */
    public boolean requestAtFault() {
        return status.code() < 502;
    }

    /**
     * Returns the answer with its body.
     *
     * @param request header fields of the request that it answers
     */
    public FullHttpResponse toResponse(HttpHeaders request, ByteBufAllocator allocator) {
        if (request.get(HttpHeaderNames.CONTENT_TYPE, "").startsWith(GRPC)) {
            return toGrpc();
        }
        boolean json = acceptsJson(request);
        ByteBuf body = ByteBufUtil.writeUtf8(allocator, json ? json() : text());
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        HttpHeaders headers = response.headers();
        headers.set(FieldNames.CONTENT_TYPE, json ? JSON : TEXT);
        headers.set(FieldNames.CONTENT_LENGTH, body.readableBytes());
        headers.set(FieldNames.CACHE_CONTROL, "no-store");
        headers.set(FieldNames.PROXY_STATUS, "goaround; error=" + reason);
        if (retryAfterSeconds > 0) {
            headers.set(FieldNames.RETRY_AFTER, retryAfterSeconds);
        }
        return response;
    }

    /** An answer of trailers only, in the words that gRPC clients understand. */
    private FullHttpResponse toGrpc() {
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
        response.headers()
                .set(FieldNames.CONTENT_TYPE, GRPC)
                .set(FieldNames.CONTENT_LENGTH, 0)
                .set("grpc-status", grpcStatus == null ? closestGrpcStatus() : grpcStatus)
                .set("grpc-message", detail)
                .set(FieldNames.PROXY_STATUS, "goaround; error=" + reason);
        return response;
    }

    /** The code that comes closest (gRPC's status codes): 4 deadline exceeded, 8 exhausted, 12 unimplemented, 13 internal. */
    private int closestGrpcStatus() {
        return switch (status.code()) {
            case 502, 503 -> 14;
            case 504 -> 4;
            case 408, 413, 414, 431 -> 8;
            case 501 -> 12;
            default -> 13;
        };
    }

    /** The body for clients that accept JSON. Every part is a constant of ours, so nothing needs escaping. */
    private String json() {
        return "{\"type\":\"about:blank\",\"title\":\"" + status.reasonPhrase() + "\",\"status\":" + status.code()
                + ",\"detail\":\"" + detail + "\"}\n";
    }

    private String text() {
        return status.code() + " " + status.reasonPhrase() + ": " + detail + "\n";
    }

    private static boolean acceptsJson(HttpHeaders request) {
        String accept = request.get(HttpHeaderNames.ACCEPT);
        return accept != null && accept.toLowerCase(Locale.ROOT).contains("json");
    }
}
