package dev.goaround.http2;

import dev.goaround.http.Deadline;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import java.util.concurrent.TimeUnit;

/**
 * Finds out by a PING (RFC 9113 section 6.7) whether a connection on which streams wait in silence still has another end, since what runs
 * on them may have no limit of its own. Belongs to the connection's event loop.
 */
public final class PingWatch {

    /** How long a backend may say nothing before a PING is sent. */
    static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** How long the response to it may take. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** Servers of gRPC close connections that send PINGs more often than every five minutes without having anything to say. */
    static final long GAP_NANOS = TimeUnit.SECONDS.toNanos(330);

    private final Channel connection;
    private final long silence;
    private final long gap;
    private final Deadline next;
    private boolean sent;
    private long lastHeard;
    private long lastSent;

    private PingWatch(Channel connection, long silence, long gap) {
        this.connection = connection;
        this.silence = silence;
        this.gap = gap;
        this.next = new Deadline(connection.eventLoop(), this::look);
        this.lastSent = now() - gap;
    }

    /** Returns one for a connection to a backend. */
    public static PingWatch ofBackend(Channel connection) {
        return new PingWatch(connection, SILENCE_NANOS, GAP_NANOS);
    }

    /**
     * Returns one for a connection of a client.
     *
     * @param silence how many nanoseconds nothing may come before a PING is sent; 0 for none
     */
    public static PingWatch ofClient(Channel connection, long silence) {
        return new PingWatch(connection, silence, silence);
    }

    /** Streams are open from now on. */
    public void begin() {
        lastHeard = now();
        sent = false;
        if (silence > 0) {
            next.set(silence);
        }
    }

    /** No stream is open any more. */
    public void end() {
        sent = false;
        next.clear();
    }

    /** Something came. */
    public void heard() {
        lastHeard = now();
        if (sent) {
            sent = false;
            next.set(silence);
        }
    }

    /** Ends it for good. */
    public void close() {
        next.close();
    }

    private void look() {
        long now = now();
        long wait = Math.max(silence - (now - lastHeard), gap - (now - lastSent));
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
