package dev.goaround.upstream;

import dev.goaround.http.Deadline;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import java.util.concurrent.TimeUnit;

/**
 * Finds out by a PING (RFC 9113 section 6.7) whether a connection on which streams wait in silence still has another end, since what runs
 * on them may have no limit of its own. Belongs to the connection's event loop.
 */
final class PingWatch {

    /** How long nothing may come before a PING is sent. */
    static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** How long the response to it may take. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** Servers of gRPC close connections that send PINGs more often than every five minutes without having anything to say. */
    static final long GAP_NANOS = TimeUnit.SECONDS.toNanos(330);

    private final Channel connection;
    private final Deadline next;
    private boolean sent;
    private long lastHeard;
    private long lastSent;

    PingWatch(Channel connection) {
        this.connection = connection;
        this.next = new Deadline(connection.eventLoop(), this::look);
        this.lastSent = now() - GAP_NANOS;
    }

    /** Streams are open from now on. */
    void begin() {
        lastHeard = now();
        sent = false;
        next.set(SILENCE_NANOS);
    }

    /** No stream is open any more. */
    void end() {
        next.clear();
    }

    /** Something came. */
    void heard() {
        lastHeard = now();
        sent = false;
    }

    /** Ends it for good. */
    void close() {
        next.close();
    }

    private void look() {
        long now = now();
        long wait = Math.max(SILENCE_NANOS - (now - lastHeard), GAP_NANOS - (now - lastSent));
        if (sent) {
            connection.close();
        } else if (wait > 0) {
            next.set(wait);
        } else {
            sent = true;
            lastSent = now;
            connection.writeAndFlush(new DefaultHttp2PingFrame(now));
            next.set(PATIENCE_NANOS);
        }
    }

    private long now() {
        return connection.eventLoop().ticker().nanoTime();
    }
}
