package dev.goaround.pool;

/** How an attempt ended: what health, balancers and counters learn from it. */
public sealed interface Outcome {

    /**
     * The backend answered, and its answer ended as it announced.
     *
     * @param status the status code
     * @param grpcStatus what the response's {@code grpc-status} says, in its head or its trailers; {@link #NO_GRPC_STATUS} if there is none
     */
    record Answered(int status, int grpcStatus) implements Outcome {

        /** The gRPC status of a response that is none of gRPC's, or that ended without one. */
        public static final int NO_GRPC_STATUS = -1;

        /** UNAVAILABLE: what 503 is to HTTP. */
        public static final int GRPC_UNAVAILABLE = 14;

        private static final int GRPC_UNKNOWN = 2;
        private static final int GRPC_DEADLINE_EXCEEDED = 4;
        private static final int GRPC_INTERNAL = 13;

        /** A response that is none of gRPC's. */
        public Answered(int status) {
            this(status, NO_GRPC_STATUS);
        }

        /** Whether the backend itself reports that something behind it failed (RFC 9110 section 15.6), or gRPC's UNAVAILABLE. */
        public boolean gatewayError() {
            return status == 502 || status == 503 || status == 504 || grpcStatus == GRPC_UNAVAILABLE;
        }

        /** Whether the success rate counts it as failed: a 5xx, or a gRPC status that says the same. */
        public boolean serverError() {
            return status >= 500
                    || grpcStatus == GRPC_UNAVAILABLE
                    || grpcStatus == GRPC_UNKNOWN
                    || grpcStatus == GRPC_DEADLINE_EXCEEDED
                    || grpcStatus == GRPC_INTERNAL;
        }
    }

    /**
     * The attempt failed on the backend's side.
     *
     * @param phase how far it got
     * @param kind what happened
     * @param detail the cause in a few words, for operators only: it may name addresses
     * @param reused whether the connection had carried another request before
     * @param written whether a byte of the request may have reached the backend
     * @param circumstances what else is known of it
     */
    record Failed(Phase phase, Kind kind, String detail, boolean reused, boolean written, Circumstances circumstances)
            implements Outcome {

        /** A failure of which nothing else is known. */
        public Failed(Phase phase, Kind kind, String detail, boolean reused, boolean written) {
            this(phase, kind, detail, reused, written, Circumstances.NONE);
        }

        /**
         * Whether this is the ordinary end of a pooled connection that the backend closed while it was idle, or just as
         * the request arrived; it says nothing about the backend's health (RFC 9112 section 9.3.1).
         */
        public boolean stale() {
            return reused && phase != Phase.BODY && (kind == Kind.CLOSED || kind == Kind.REFUSED);
        }

        /** Whether it says nothing about the backend's health. */
        public boolean harmless() {
            return stale() || kind == Kind.REFUSED || circumstances.streamEnded();
        }
    }

    /**
     * What is known of a failure besides how far the attempt got.
     *
     * @param unprovoked whether the connection was refused, or broke before anything of a client's was on it
     * @param uploading whether a body of the request was still being sent: a backend may refuse it without reading it (RFC 9112 section 9.5)
     * @param streamError the error code with which the backend reset the stream (RFC 9113 section 7); {@link #NO_STREAM_ERROR} if it did not
     */
    record Circumstances(boolean unprovoked, boolean uploading, long streamError) {

        /** The error code of a stream that was not reset. */
        public static final long NO_STREAM_ERROR = -1;

        /** Nothing is known. */
        public static final Circumstances NONE = new Circumstances(false, false, NO_STREAM_ERROR);

        /** The connection was refused, or broke before anything of a client's was on it. */
        public static final Circumstances UNPROVOKED = new Circumstances(true, false, NO_STREAM_ERROR);

        private static final long NO_ERROR = 0;
        private static final long REFUSED_STREAM = 7;
        private static final long CANCEL = 8;

        /** Whether the backend reset the stream with a code that reports an error. */
        public boolean streamFailed() {
            return streamError >= 0 && !streamEnded();
        }

        /** Whether the backend reset the stream with a code that reports no error: it wants no more of it, or has not begun. */
        boolean streamEnded() {
            return streamError == NO_ERROR || streamError == REFUSED_STREAM || streamError == CANCEL;
        }
    }

    /** The client went away, or the attempt was given up for a reason that is not the backend's. */
    record Cancelled() implements Outcome {}

    /** What made an attempt fail. */
    enum Kind {
        /** No connection could be opened: refused, unreachable, or the name did not resolve. */
        UNREACHABLE,
        /** The connection was closed or reset by the backend. */
        CLOSED,
        /** The backend said that it has not acted on the request and will not, but works (RFC 9113 section 8.7). */
        REFUSED,
        /** A time-out of ours ran out. */
        TIMEOUT,
        /** What the backend sent is not HTTP, or not unambiguous, or too large. */
        MALFORMED,
        /** The certificate or the handshake was refused. */
        TLS
    }

    /** Whether the backend counts this attempt as failed. */
    default boolean failure() {
        if (this instanceof Answered answered) {
            return answered.gatewayError();
        }
        return this instanceof Failed failed && !failed.harmless();
    }
}
