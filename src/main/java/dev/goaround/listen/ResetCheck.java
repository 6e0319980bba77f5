package dev.goaround.listen;

import dev.goaround.http.Deadline;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection whose other end has ended its direction and resets the connection later on. Nothing is read there any more, which is
 * how a reset shows otherwise, so that the kernel is asked each second; where it can't be asked, a reset shows when something is
 * written. Belongs to the event loop of the connection.
 *
 * <p>The transport takes a socket that waits for nothing out of its epoll instance, and can't put it back when it has to wait until more can be
 * written (Netty 4.2.17). Therefore the socket waits for something always: for edges. Then a reset does not keep the event loop awake either.
 */
final class ResetCheck {

    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** TCP_CLOSE of Linux (include/net/tcp_states.h). */
    private static final int CLOSED = 7;

    /** EPOLLET of Linux (include/uapi/linux/eventpoll.h). */
    private static final int EDGES = 1 << 31;

    private final Channel channel;
    private final Deadline next;

    /** Begins to look. */
    ResetCheck(Channel channel) {
        this.channel = channel;
        this.next = new Deadline(channel.eventLoop(), this::check);
        if (channel instanceof EpollSocketChannel socket) {
            Epoll.waitForEdges(socket);
            next.set(INTERVAL_NANOS);
        }
    }

    /** Looks no more. */
    void close() {
        next.close();
    }

    private void check() {
        if (reset()) {
            channel.close();
        } else {
            next.set(INTERVAL_NANOS);
        }
    }

    private boolean reset() {
        try {
            return channel instanceof EpollSocketChannel socket
                    && socket.tcpInfo().state() == CLOSED;
        } catch (ChannelException e) {
            // Closed meanwhile.
            return true;
        }
    }

    /** Loaded only where there is epoll. */
    private static final class Epoll {

        private static final MethodHandle SET_FLAG = setFlag();

        static void waitForEdges(EpollSocketChannel socket) {
            try {
                SET_FLAG.invokeExact((Object) socket, EDGES);
            } catch (Throwable e) {
                throw new IllegalStateException("a half-closed connection can't be kept", e);
            }
        }

        private static MethodHandle setFlag() {
            try {
                Method method = Class.forName("io.netty.channel.epoll.AbstractEpollChannel")
                        .getDeclaredMethod("setFlag", int.class);
                method.setAccessible(true);
                return MethodHandles.lookup()
                        .unreflect(method)
                        .asType(MethodType.methodType(void.class, Object.class, int.class));
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }
}
