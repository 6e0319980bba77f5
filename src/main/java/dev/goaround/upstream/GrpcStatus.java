package dev.goaround.upstream;

import dev.goaround.http.FieldNames;
import dev.goaround.pool.Outcome.Answered;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * The status with which a gRPC call ends. It stands in the trailers, or in the head of a response that has nothing else ("Trailers-Only" in the
 * protocol's description, PROTOCOL-HTTP2).
 */
public final class GrpcStatus {

    private static final String FIELD = "grpc-status";
    private static final String CONTENT_TYPE = "application/grpc";
    private static final int MAX_DIGITS = 3;

    private GrpcStatus() {}

    /** Returns the status in the head of a response to a gRPC call, which then has nothing else, or {@link Answered#NO_GRPC_STATUS}. */
    public static int ofHead(HttpHeaders head) {
        return isGrpc(head) ? of(head) : Answered.NO_GRPC_STATUS;
    }

    /** Whether this is the head of a response to a gRPC call. */
    static boolean isGrpc(HttpHeaders head) {
        String type = head.get(FieldNames.CONTENT_TYPE);
        return type != null && type.regionMatches(true, 0, CONTENT_TYPE, 0, CONTENT_TYPE.length());
    }

    /** Returns the status in these fields, or {@link Answered#NO_GRPC_STATUS} if there is none that makes sense. */
    static int of(HttpHeaders fields) {
        String value = fields.get(FIELD);
        boolean number = value != null
                && !value.isEmpty()
                && value.length() <= MAX_DIGITS
                && value.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Integer.parseInt(value) : Answered.NO_GRPC_STATUS;
    }
}
