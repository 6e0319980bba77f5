package dev.goaround.http3;

import io.netty.handler.codec.quic.QuicStreamChannel;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;

/**
 * Finds out that a client wants no more of a response (STOP_SENDING, RFC 9000 section 3.5) at a time at which nothing can be written.
 *
 * <p>The transport tells this only to a frame that waits, and only if the connection as a whole has room at that moment (netty issue
 * 17380); once the client has acknowledged the reset that answers it, nobody is told any more. The request would stay, and its backend with
 * it, until the connection ends or the next piece of the response comes. The transport can be asked, though: it knows no room of a stream
 * that is over.
 */
final class StoppedStreamCheck {

    /** What the transport says when it can't say anything yet. */
    private static final long NOT_KNOWN = -1;

    private static final MethodHandle ROOM = room();

    private StoppedStreamCheck() {}

    /** Whether the client wants no more of what is sent on the stream. To be called on its event loop. */
    static boolean stopped(QuicStreamChannel stream) {
        if (stream.isOutputShutdown()) {
            return false;
        }
        long room = roomOf(stream);
        return room < 0 && room != NOT_KNOWN;
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
