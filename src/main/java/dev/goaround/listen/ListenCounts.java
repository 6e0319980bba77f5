package dev.goaround.listen;

import dev.goaround.http.Problem;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What clients' connections came to that is no request. Counts only rise. Thread-safe. */
public final class ListenCounts {

    /** What clients may not exceed. */
    public enum Limit {
        /** Connections of all clients. */
        CONNECTIONS,
        /** Connections from one address. */
        CONNECTIONS_PER_ADDRESS,
        /** The length of a request line. */
        REQUEST_LINE,
        /** The size or the number of header fields. */
        HEADERS,
        /** The size of a body. */
        BODY,
        /** The time in which a request must arrive. */
        REQUEST_TIME,
        /** The rate at which a response must be taken. */
        DOWNLOAD_RATE,
        /** The time for which a client may stall a request while others wait for its slot. */
        STALLED,
        /** Streams of HTTP/2 or HTTP/3 that a client resets (CVE-2023-44487). */
        RESETS,
        /** Small CONTINUATION frames in a row. */
        CONTINUATIONS,
        /** Answers to SETTINGS and PING that a client leaves unread. */
        UNREAD_REPLIES,
        /** DATA frames in a row that hold nothing. */
        EMPTY_FRAMES,
        /** Changes of the size of the table of header fields. */
        SETTINGS_CHANGES,
        /** Memory that requests under way may take. */
        REQUEST_MEMORY
    }

    private final Map<Limit, LongAdder> limits = new EnumMap<>(Limit.class);
    private final LongAdder connections = new LongAdder();
    private final LongAdder handshakes = new LongAdder();
    private final LongAdder failedHandshakes = new LongAdder();

    public ListenCounts() {
        for (Limit limit : Limit.values()) {
            limits.put(limit, new LongAdder());
        }
    }

    void connection() {
        connections.increment();
    }

    void handshake(boolean successful) {
        (successful ? handshakes : failedHandshakes).increment();
    }

    void reached(Limit limit) {
        adder(limit).increment();
    }

    private LongAdder adder(Limit limit) {
        LongAdder adder = limits.get(limit);
        if (adder == null) {
            throw new IllegalStateException("every limit has one");
        }
        return adder;
    }

    /** A request is refused: over a limit, or for another reason. */
    void refused(Problem problem) {
        switch (problem.status().code()) {
            case 408 -> reached(Limit.REQUEST_TIME);
            case 413 -> reached(Limit.BODY);
            case 414 -> reached(Limit.REQUEST_LINE);
            case 431 -> reached(Limit.HEADERS);
            default -> {
                // No limit.
            }
        }
    }

    /** A connection of HTTP/2 ends with an error. Which limit that was, the codec tells in its message alone. */
    void ended(Http2Exception cause) {
        if (cause.error() != Http2Error.ENHANCE_YOUR_CALM) {
            return;
        }
        String message = String.valueOf(cause.getMessage());
        if (message.contains("RST")) {
            reached(Limit.RESETS);
        } else if (message.contains("continuation")) {
            reached(Limit.CONTINUATIONS);
        } else if (message.contains("control frames")) {
            reached(Limit.UNREAD_REPLIES);
        } else if (message.contains("empty data")) {
            reached(Limit.EMPTY_FRAMES);
        } else if (message.contains("header table")) {
            reached(Limit.SETTINGS_CHANGES);
        }
    }

    /** How often clients were kept to this limit. */
    public long limit(Limit limit) {
        return adder(limit).sum();
    }

    /** Connections of clients that were accepted. */
    public long connections() {
        return connections.sum();
    }

    /** TLS handshakes of clients that were completed. */
    public long handshakes() {
        return handshakes.sum();
    }

    /** TLS handshakes of clients that failed. */
    public long failedHandshakes() {
        return failedHandshakes.sum();
    }
}
