package dev.goaround.upstream;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The connections to one backend on one event loop that a request may take: idle ones, the most recently used first, since those
 * are the least likely to have been closed by the backend meanwhile, and the others run into their idle limit; and those that
 * carry many requests at a time.
 *
 * <p>Not thread-safe: belongs to its event loop.
 */
final class LoopConnections {

    private final EventLoop loop;
    private final BackendConnections shared;
    private final Deque<BackendConnection> idle = new ArrayDeque<>();
    private final List<MultiplexedConnection> multiplexed = new ArrayList<>(1);
    /** Wait for a connection that is being opened and will carry them all. */
    private final Queue<UpstreamExchange> joining = new ArrayDeque<>(0);

    private boolean opening;

    LoopConnections(EventLoop loop, BackendConnections shared) {
        this.loop = loop;
        this.shared = shared;
    }

    EventLoop loop() {
        return loop;
    }

    /** Returns an idle connection that can carry the request, or null. */
    @Nullable
    BackendConnection takeFor(HttpRequest request) {
        BackendConnection connection;
        while ((connection = idle.pollLast()) != null) {
            shared.idleCount().decrementAndGet();
            if (connection.usableFor(request)) {
                return connection;
            }
            connection.retire();
        }
        return null;
    }

    /** Returns a connection that carries many requests and could carry one more, or null. */
    @Nullable
    MultiplexedConnection withRoom() {
        for (MultiplexedConnection connection : multiplexed) {
            if (connection.hasRoom()) {
                return connection;
            }
        }
        return null;
    }

    /** Whether a connection that would carry many requests is being opened already. */
    boolean opening() {
        return opening;
    }

    /** Says that one is. */
    void opens() {
        opening = true;
    }

    /** Waits for it. */
    void join(UpstreamExchange exchange) {
        joining.add(exchange);
    }

    /** It is open or will never be; returns who has waited for it. */
    List<UpstreamExchange> opened() {
        opening = false;
        List<UpstreamExchange> joined = List.copyOf(joining);
        joining.clear();
        return joined;
    }

    void add(MultiplexedConnection connection) {
        multiplexed.add(connection);
    }

    void closed(MultiplexedConnection connection) {
        multiplexed.remove(connection);
    }

    /** Keeps a connection for the next request, unless one waits for it already. */
    void release(BackendConnection connection) {
        UpstreamExchange waiting = shared.nextWaitingOn(loop);
        if (waiting != null && connection.usableFor(waiting.request().head())) {
            waiting.connected(connection);
            return;
        }
        if (waiting != null) {
            connection.retire();
            shared.acquire(waiting);
            return;
        }
        if (shared.leaving()) {
            connection.retire();
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

    /** Closes every connection that is idle, and has those close that carry many requests once they carry none. */
    void closeIdle() {
        BackendConnection connection;
        while ((connection = idle.pollLast()) != null) {
            shared.idleCount().decrementAndGet();
            connection.retire();
        }
        List.copyOf(multiplexed).forEach(MultiplexedConnection::closeIfIdle);
    }

    /** Closes the idle connection that was used the longest ago, so that another event loop may open one. */
    void closeOldest() {
        BackendConnection oldest = idle.pollFirst();
        if (oldest != null) {
            shared.idleCount().decrementAndGet();
            oldest.retire();
            return;
        }
        for (MultiplexedConnection connection : multiplexed) {
            if (connection.closeIfIdle()) {
                return;
            }
        }
    }
}
