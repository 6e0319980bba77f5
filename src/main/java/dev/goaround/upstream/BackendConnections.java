package dev.goaround.upstream;

import dev.goaround.http.MessageDecoder;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import dev.goaround.pool.Protocol;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
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

    /** How an attempt fails that comes too late. */
    static final Outcome.Failed GONE =
            new Outcome.Failed(Phase.CONNECT, Kind.UNREACHABLE, "it has left the pool", false, false);

    private final Backend backend;
    private final Dialer dialer;
    private final Dialer tunnelDialer;
    private final boolean http2Only;
    private final IdlePatience patience = new IdlePatience();
    private final Map<EventLoop, LoopConnections> loops = new ConcurrentHashMap<>();
    private final Queue<UpstreamExchange> waiting = new ConcurrentLinkedQueue<>();

    /** Every connection that is open. */
    private final Set<Channel> open = ConcurrentHashMap.newKeySet();

    /** Whether connections close when they are idle, since the backend has left. */
    private volatile boolean leaving;

    /** Whether the backend spoke HTTP/2 when it was last asked, or is told to. Nothing depends on when other threads see it. */
    private volatile boolean multiplexes;

    /** Whether the backend took extended CONNECT on the connection of HTTP/2 that was opened last. Nothing depends on when others see it. */
    private volatile boolean extendedConnect = true;

    /** @param tunnelDialer opens connections of HTTP/1.1, on which any protocol can be switched to */
    BackendConnections(Backend backend, Dialer dialer, Dialer tunnelDialer) {
        this.backend = backend;
        this.dialer = dialer;
        this.tunnelDialer = tunnelDialer;
        Protocol protocol = backend.spec().protocol();
        this.http2Only = protocol == Protocol.H2 || protocol == Protocol.H2C;
        this.multiplexes = http2Only;
    }

    /** Closes connections once they are idle, those that are so at once; or no longer does. */
    void leaving(boolean so) {
        leaving = so;
        if (so) {
            loops.values().forEach(pool -> pool.loop().execute(pool::closeIdle));
        }
    }

    boolean leaving() {
        return leaving;
    }

    /** Ends everything at once: the backend is {@linkplain Backend#gone gone}. */
    void close() {
        leaving = true;
        UpstreamExchange next;
        while ((next = waiting.poll()) != null) {
            UpstreamExchange late = next;
            late.request().loop().execute(() -> late.fail(GONE));
        }
        open.forEach(channel -> channel.eventLoop().execute(() -> cutOff(channel)));
    }

    private static void cutOff(Channel channel) {
        BackendConnection one = channel.pipeline().get(BackendConnection.class);
        MultiplexedConnection many = channel.pipeline().get(MultiplexedConnection.class);
        if (one != null) {
            one.cutOff();
        } else if (many != null) {
            many.cutOff();
        } else {
            channel.close();
        }
    }

    AtomicInteger idleCount() {
        return backend.idleConnections();
    }

    /** Gives the exchange a connection, now or as soon as there is one. Called on the exchange's event loop. */
    void acquire(UpstreamExchange exchange) {
        if (exchange.over()) {
            return;
        }
        if (backend.gone()) {
            exchange.fail(GONE);
            return;
        }
        LoopConnections pool = on(exchange.request().loop());
        if (http2Only && !extendedConnect && exchange.request().tunnel() != null) {
            exchange.goOverHttp1();
        }
        boolean tunnel = tunnels(exchange);
        if (exchange.request().reuse()) {
            BackendConnection idle = multiplexes && !tunnel
                    ? null
                    : pool.takeFor(exchange.request().head());
            if (idle != null) {
                exchange.connected(idle);
                return;
            }
            MultiplexedConnection shared = tunnel ? null : pool.withRoom();
            if (shared != null) {
                shared.send(exchange);
                return;
            }
        }
        exchange.waits(backend.connectionCounts().pending());
        if (multiplexes && !tunnel && pool.opening()) {
            pool.join(exchange);
            return;
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
                && (!multiplexes || tunnels(first))
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
            if (now >= backend.spec().maxConnections().most()) {
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
        boolean tunnel = tunnels(exchange);
        boolean forAll = multiplexes && !tunnel && !pool.opening();
        if (forAll) {
            pool.opens();
        }
        (tunnel ? tunnelDialer : dialer).dial(pool.loop(), exchange.request().ends(), new Dialer.Answer() {
            @Override
            public void connected(Channel channel, boolean http2) {
                opened(channel);
                backend.connectionCounts().opened().increment();
                if (!tunnel) {
                    // A backend may come back as one that speaks something else.
                    multiplexes = http2;
                }
                if (http2) {
                    multiplex(channel, exchange, pool, forAll);
                } else {
                    use(channel, exchange, pool, forAll);
                }
            }

            @Override
            public void failed(Phase phase, Kind kind, Throwable cause) {
                freePlace();
                fail(
                        exchange,
                        joined(pool, forAll),
                        new Outcome.Failed(
                                phase, kind, Causes.describe(cause), false, false, unprovoked(phase, cause)));
            }
        });
    }

    private void opened(Channel channel) {
        open.add(channel);
        channel.closeFuture().addListener(closed -> open.remove(channel));
        if (backend.gone()) {
            channel.close();
        }
    }

    /** Sends the exchange on a connection that carries one request at a time. */
    private void use(Channel channel, UpstreamExchange exchange, LoopConnections pool, boolean forAll) {
        MessageDecoder decoder = dialer.speakHttp1(channel);
        BackendConnection connection = new BackendConnection(
                channel,
                backend,
                decoder,
                dialer::timeouts,
                patience,
                dialer.perClient() ? BackendConnection::retire : pool::release);
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
        joined(pool, forAll).forEach(this::acquire);
    }

    /** Sends the exchange, and all that wait for it, on a connection that carries many at a time. */
    private void multiplex(Channel channel, UpstreamExchange exchange, LoopConnections pool, boolean forAll) {
        channel.closeFuture().addListener(closed -> freePlace());
        MultiplexedConnection.begin(channel, backend, dialer, new MultiplexedConnection.Owner() {
            @Override
            public void ready(MultiplexedConnection connection) {
                extendedConnect = connection.tunnels();
                pool.add(connection);
                channel.closeFuture().addListener(closed -> pool.closed(connection));
                if (!exchange.over()) {
                    connection.send(exchange);
                }
                for (UpstreamExchange joined : joined(pool, forAll)) {
                    if (!joined.over() && connection.hasRoom()) {
                        connection.send(joined);
                    } else {
                        acquire(joined);
                    }
                }
            }

            @Override
            public void needsHttp1(UpstreamExchange asking) {
                asking.goOverHttp1();
                acquire(asking);
            }

            @Override
            public void idle() {
                if (leaving) {
                    pool.closeIdle();
                } else if (someoneWaits()) {
                    pool.closeOldest();
                }
            }

            @Override
            public void failed(String why) {
                fail(
                        exchange,
                        joined(pool, forAll),
                        new Outcome.Failed(Phase.CONNECT, Kind.UNREACHABLE, why, false, false, beforeAnyRequest()));
            }
        });
    }

    /** Whether it is the backend's own doing that there is no connection. Who waits in vain may have been too impatient. */
    private Outcome.Circumstances unprovoked(Phase phase, Throwable cause) {
        if (phase == Phase.TLS) {
            return cause instanceof SslHandshakeTimeoutException ? Outcome.Circumstances.NONE : beforeAnyRequest();
        }
        return Causes.refused(cause) ? Outcome.Circumstances.UNPROVOKED : Outcome.Circumstances.NONE;
    }

    /** A connection that begins with the address of a client is that client's. */
    private Outcome.Circumstances beforeAnyRequest() {
        return dialer.perClient() ? Outcome.Circumstances.NONE : Outcome.Circumstances.UNPROVOKED;
    }

    /** Returns who has waited for a connection that was opened for all, now that it is there or will not be. */
    private static List<UpstreamExchange> joined(LoopConnections pool, boolean forAll) {
        return forAll ? pool.opened() : List.of();
    }

    private static void fail(UpstreamExchange exchange, List<UpstreamExchange> joined, Outcome.Failed failure) {
        exchange.fail(failure);
        joined.forEach(other -> other.fail(failure));
    }

    /**
     * Whether the exchange asks to switch protocols, and needs a connection of HTTP/1.1 for that: also to a backend of HTTP/2 that does not
     * take an extended CONNECT for it (RFC 8441 section 3).
     */
    private boolean tunnels(UpstreamExchange exchange) {
        return exchange.request().tunnel() != null && (!http2Only || exchange.overHttp1());
    }
}
