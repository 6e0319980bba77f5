package dev.goaround.upstream;

import dev.goaround.http.MessageDecoder;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * All connections to one backend, over all event loops, never more than its limit.
 *
 * <p>An exchange takes an idle connection of its own event loop, else opens one. Where that would exceed the limit, every
 * place is taken by connections that idle on other event loops (leases bound those in use), so those loops are asked to
 * close one, and the exchange waits for the place. No lock is held anywhere.
 */
final class BackendConnections {

    private final Backend backend;
    private final Dialer dialer;
    private final Map<EventLoop, LoopConnections> loops = new ConcurrentHashMap<>();
    private final Queue<UpstreamExchange> waiting = new ConcurrentLinkedQueue<>();

    BackendConnections(Backend backend, Dialer dialer) {
        this.backend = backend;
        this.dialer = dialer;
    }

    AtomicInteger idleCount() {
        return backend.idleConnections();
    }

    /** Gives the exchange a connection, now or as soon as there is one. Called on the exchange's event loop. */
    void acquire(UpstreamExchange exchange) {
        LoopConnections pool = on(exchange.request().loop());
        if (exchange.request().reuse()) {
            BackendConnection idle = pool.take();
            if (idle != null) {
                exchange.connected(idle);
                return;
            }
        }
        if (takePlace()) {
            open(exchange, pool);
            return;
        }
        waiting.add(exchange);
        loops.values()
                .forEach(other -> other.loop().execute(() -> {
                    if (someoneWaits()) {
                        other.closeOldest();
                    }
                }));
        // A place may have come free between the look and the queue.
        serveWaiting();
    }

    boolean someoneWaits() {
        return !waiting.isEmpty();
    }

    /** Returns a waiting exchange if it can use a connection of that event loop, which may have been used before. */
    @Nullable
    UpstreamExchange nextWaitingOn(EventLoop loop) {
        UpstreamExchange first = waiting.peek();
        boolean usable = first != null
                && first.request().loop() == loop
                && first.request().reuse()
                && !first.over();
        return usable && waiting.remove(first) ? first : null;
    }

    private LoopConnections on(EventLoop loop) {
        LoopConnections known = loops.get(loop);
        return known != null ? known : loops.computeIfAbsent(loop, key -> new LoopConnections(key, this));
    }

    private boolean takePlace() {
        AtomicInteger open = backend.openConnections();
        int now;
        do {
            now = open.get();
            if (now >= backend.spec().maxConnections()) {
                return false;
            }
        } while (!open.compareAndSet(now, now + 1));
        return true;
    }

    private void freePlace() {
        backend.openConnections().decrementAndGet();
        serveWaiting();
    }

    private void serveWaiting() {
        while (someoneWaits() && takePlace()) {
            UpstreamExchange next = waiting.poll();
            if (next == null) {
                backend.openConnections().decrementAndGet();
            } else {
                next.request().loop().execute(() -> open(next, on(next.request().loop())));
            }
        }
    }

    /** Opens a connection for the exchange, which has a place. */
    private void open(UpstreamExchange exchange, LoopConnections pool) {
        if (exchange.over()) {
            freePlace();
            return;
        }
        dialer.dial(pool.loop(), new Dialer.Answer() {
            @Override
            public void connected(Channel channel, MessageDecoder decoder) {
                BackendConnection connection =
                        new BackendConnection(channel, backend, decoder, dialer.timeouts(), pool::release);
                channel.pipeline().addLast(connection);
                channel.closeFuture().addListener(closed -> {
                    pool.closed(connection);
                    freePlace();
                });
                if (exchange.over()) {
                    channel.close();
                } else {
                    exchange.connected(connection);
                }
            }

            @Override
            public void failed(Phase phase, Kind kind, Throwable cause) {
                freePlace();
                exchange.fail(new Outcome.Failed(phase, kind, Causes.describe(cause), false, false));
            }
        });
    }
}
