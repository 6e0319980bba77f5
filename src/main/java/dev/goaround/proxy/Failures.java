package dev.goaround.proxy;

import dev.goaround.http.Problem;
import dev.goaround.limit.NotAdmittedException;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Error;

/** What clients are told when no backend's answer reaches them: the reason, and nothing about the backends. */
final class Failures {

    /** A degraded backend is probed every second, so that is when things may be different. */
    private static final int RETRY_AFTER_SECONDS = 1;

    static final Problem NO_BACKEND = unavailable("destination_unavailable", "no backend is available");
    private static final Problem QUEUE_FULL =
            unavailable("connection_limit_reached", "every backend is at its limit, and too many requests wait");
    private static final Problem QUEUE_TIME =
            unavailable("connection_limit_reached", "every backend was at its limit for too long");
    private static final Problem ALL_TRIED = unavailable("destination_unavailable", "no backend could answer");
    private static final Problem BROKE_OFF =
            new Problem(HttpResponseStatus.BAD_GATEWAY, "connection_terminated", "the backend broke off");
    private static final Problem NOT_HTTP =
            new Problem(HttpResponseStatus.BAD_GATEWAY, "http_protocol_error", "the backend's answer is malformed");
    private static final Problem TOO_SLOW =
            new Problem(HttpResponseStatus.GATEWAY_TIMEOUT, "http_response_timeout", "the backend was too slow");
    static final Problem OUT_OF_TIME =
            new Problem(HttpResponseStatus.GATEWAY_TIMEOUT, "http_response_timeout", "the request took too long");
    static final Problem BAD_TARGET = Problem.badRequest("the request target is malformed");

    private Failures() {}

    /** The answer while every backend is full. */
    static Problem notAdmitted(NotAdmittedException.Reason reason) {
        return reason == NotAdmittedException.Reason.QUEUE_FULL ? QUEUE_FULL : QUEUE_TIME;
    }

    /** The answer after the last attempt failed and there is no other backend. */
    static Problem allTried(Failed last) {
        return neverSent(last) || last.kind() == Kind.CLOSED || last.kind() == Kind.REFUSED
                ? ALL_TRIED
                : notRepeatable(last);
    }

    /** The answer after an attempt that must not be repeated. */
    static Problem notRepeatable(Failed failure) {
        return switch (failure.kind()) {
            case TIMEOUT -> TOO_SLOW;
            case MALFORMED -> NOT_HTTP;
            case REFUSED -> ALL_TRIED;
            case CLOSED -> brokeOff(failure.circumstances().streamError());
            case UNREACHABLE, TLS -> BROKE_OFF;
        };
    }

    /** Clients of gRPC take the reset of a stream for one of their own statuses, as its protocol has them over HTTP/2. */
    private static Problem brokeOff(long streamError) {
        if (streamError < 0) {
            return BROKE_OFF;
        }
        Http2Error named = Http2Error.valueOf(streamError);
        return BROKE_OFF.withGrpcStatus(
                switch (named == null ? Http2Error.INTERNAL_ERROR : named) {
                    case CANCEL -> 1;
                    case INADEQUATE_SECURITY -> 7;
                    case ENHANCE_YOUR_CALM -> 8;
                    case REFUSED_STREAM -> 14;
                    default -> 13;
                });
    }

    private static boolean neverSent(Failed failure) {
        return failure.phase() == Phase.CONNECT || failure.phase() == Phase.TLS;
    }

    private static Problem unavailable(String reason, String detail) {
        return new Problem(HttpResponseStatus.SERVICE_UNAVAILABLE, reason, detail, RETRY_AFTER_SECONDS);
    }
}
