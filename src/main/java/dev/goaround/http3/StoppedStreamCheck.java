package dev.goaround.http3;

import dev.goaround.http.Deadline;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.concurrent.TimeUnit;

/**
 * Finds out that a client wants no more of a response (STOP_SENDING, RFC 9000 section 3.5) while the stream has no room.
 *
 * <p>The transport tells this to a frame that is written or waits, and only if the connection as a whole has room at that moment
 * (netty issue 17380); once the client has acknowledged the reset that answers it, nobody is told any more. The request would stay,
 * and its backend with it, until the connection ends. So the transport is asked as long as a stream has no room, each second: it
 * knows no room of a stream that is over. Belongs to one event loop.
 */
final class StoppedStreamCheck {

    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** What the transport says when it can't say anything yet. */
    private static final long NOT_KNOWN = -1;

    private static final MethodHandle ROOM = room();

    private final QuicStreamChannel stream;
    private final Runnable stopped;
    private final Deadline next;

    /** @param stopped called when it turns out that the client wants no more */
    StoppedStreamCheck(QuicStreamChannel stream, Runnable stopped) {
        this.stream = stream;
        this.stopped = stopped;
        this.next = new Deadline(stream.eventLoop(), this::check);
    }

    /** The stream has room from now on, or has none. */
    void roomChanged() {
        if (stream.isWritable()) {
            next.clear();
        } else {
            next.set(INTERVAL_NANOS);
        }
    }

    /** The stream is over. */
    void close() {
        next.close();
    }

    private void check() {
        long room = roomOf(stream);
        if (room < 0 && room != NOT_KNOWN) {
            stopped.run();
        } else {
            next.set(INTERVAL_NANOS);
        }
    }

    private static long roomOf(QuicStreamChannel stream) {
        try {
            return (long) ROOM.invokeExact((Object) stream.parent(), stream.streamId());
        } catch (Throwable e) {
            throw new IllegalStateException("the room of a stream can't be told", e);
        }
    }

    /** The only way to it: the stream's own {@code bytesBeforeUnwritable} keeps what was known before. */
    private static MethodHandle room() {
        try {
            Method method = Class.forName("io.netty.handler.codec.quic.QuicheQuicChannel")
                    .getDeclaredMethod("streamCapacity", long.class);
            method.setAccessible(true);
            return MethodHandles.lookup()
                    .unreflect(method)
                    .asType(MethodType.methodType(long.class, Object.class, long.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
