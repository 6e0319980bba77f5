package dev.goaround.upstream;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The idle connections to one backend on one event loop, the most recently used first: those are the least likely to have
 * been closed by the backend meanwhile, and the others run into their idle limit.
 *
 * <p>Not thread-safe: belongs to its event loop.
 */
final class LoopConnections {

    private final EventLoop loop;
    private final BackendConnections shared;
    private final Deque<BackendConnection> idle = new ArrayDeque<>();

    LoopConnections(EventLoop loop, BackendConnections shared) {
        this.loop = loop;
        this.shared = shared;
    }

    EventLoop loop() {
        return loop;
    }

    /** Returns an idle connection, or null. */
    @Nullable
    BackendConnection take() {
        BackendConnection connection;
        while ((connection = idle.pollLast()) != null) {
            shared.idleCount().decrementAndGet();
            if (connection.channel().isActive()) {
                return connection;
            }
        }
        return null;
    }

    /** Keeps a connection for the next request, unless one waits for it already. */
    void release(BackendConnection connection) {
        UpstreamExchange waiting = shared.nextWaitingOn(loop);
        if (waiting != null) {
            waiting.connected(connection);
            return;
        }
        idle.addLast(connection);
        shared.idleCount().incrementAndGet();
        if (shared.someoneWaits()) {
            closeOldest();
        }
    }

    /** Forgets a connection that was closed. */
    void closed(BackendConnection connection) {
        if (idle.remove(connection)) {
            shared.idleCount().decrementAndGet();
        }
    }

    /** Closes the idle connection that was used the longest ago, so that another event loop may open one. */
    void closeOldest() {
        BackendConnection oldest = idle.pollFirst();
        if (oldest != null) {
            shared.idleCount().decrementAndGet();
            oldest.channel().close();
        }
    }
}
