package dev.goaround.upstream;

import dev.goaround.http.Deadline;
import dev.goaround.http.Upgrade;
import dev.goaround.http2.ClientStream;
import dev.goaround.http2.PingWatch;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One HTTP/2 connection to a backend, which carries as many requests at a time as the backend lets it, each on a stream of its own.
 * Belongs to one event loop.
 */
final class MultiplexedConnection extends ChannelInboundHandlerAdapter {

    /** Who keeps the connection. */
    interface Owner {

        /** Requests may be sent. Called once, or else {@link #failed} is. */
        void ready(MultiplexedConnection connection);

        /** No request was ever sent, and none will be. */
        void failed(String why);

        /** The request asks to switch protocols in a way that the backend can't on this connection. */
        void needsHttp1(UpstreamExchange exchange);

        /** No request is on the connection any more. */
        void idle();
    }

    /** What a stream tells its connection when the backend has not answered in time. */
    static final Object STREAM_TIMED_OUT = new Object();

    /** How long a connection without a request is kept. The backend says when it goes, so that this is no race. */
    private static final long IDLE = TimeUnit.SECONDS.toNanos(30);

    /** How long the ends of streams may take when the backend is gone. */
    private static final long LINGER = TimeUnit.SECONDS.toNanos(2);

    /** Streams carry one request each, so that none of them is ever idle. */
    private static final IdlePatience NEVER_IDLE = new IdlePatience();

    private final Channel channel;
    private final Backend backend;
    private final Dialer dialer;
    private final Owner owner;
    private final Deadline idle;
    private final PingWatch pings;
    private final Set<BackendConnection> carriers = new HashSet<>();
    private long mostStreams = Long.MAX_VALUE;
    private long lastRead;
    private int streams;
    private boolean told;
    private boolean used;
    private boolean ending;
    /** Whether the backend takes an extended CONNECT (RFC 8441 section 3). */
    private boolean tunnels;

    private MultiplexedConnection(Channel channel, Backend backend, Dialer dialer, Owner owner) {
        this.channel = channel;
        this.backend = backend;
        this.dialer = dialer;
        this.owner = owner;
        this.idle = new Deadline(channel.eventLoop(), channel::close);
        this.pings = PingWatch.ofBackend(channel);
    }

    /** Speaks HTTP/2 on the connection; the owner learns when the backend does as well. */
    static void begin(Channel channel, Backend backend, Dialer dialer, Owner owner) {
        MultiplexedConnection connection = new MultiplexedConnection(channel, backend, dialer, owner);
        connection.idle.set(IDLE);
        Http2Client.begin(channel, dialer.limits(), dialer.windows(), connection);
    }

    /** Whether one that is ready takes another request now. */
    boolean hasRoom() {
        return !ending && streams < mostStreams && !PeerState.takesNothing(channel);
    }

    /** Whether the backend takes an extended CONNECT. */
    boolean tunnels() {
        return tunnels;
    }

    /** Closes the connection if no request is on it, and returns whether it does. */
    boolean closeIfIdle() {
        if (streams == 0) {
            ending = true;
            channel.close();
        }
        return streams == 0;
    }

    /** Sends a request on a stream of its own. */
    void send(UpstreamExchange exchange) {
        if (exchange.request().tunnel() != null && !(tunnels && webSocket(exchange))) {
            owner.needsHttp1(exchange);
            return;
        }
        // Whoever asked for a new connection, and shares it with others, has asked once already.
        boolean reused = used && exchange.request().reuse();
        used = true;
        if (streams == 0) {
            pings.begin();
        }
        streams++;
        idle.clear();
        ClientStream codec = new ClientStream(dialer.limits(), dialer.scheme());
        Http2Client.open(channel, stream -> {
                    BackendConnection carrier =
                            new BackendConnection(stream, backend, codec, dialer::timeouts, NEVER_IDLE, ended -> {});
                    if (reused) {
                        carrier.reused();
                    }
                    stream.pipeline().addLast(codec, carrier);
                })
                .addListener((Future<Http2StreamChannel> opened) -> opened(exchange, opened, reused));
    }

    /** An extended CONNECT names one protocol, of which no other is known to be spoken so, and has no body. */
    private static boolean webSocket(UpstreamExchange exchange) {
        return exchange.request().body() == null
                && "websocket".equalsIgnoreCase(Upgrade.of(exchange.request().head()));
    }

    private void opened(UpstreamExchange exchange, Future<Http2StreamChannel> opened, boolean reused) {
        if (!opened.isSuccess()) {
            streamClosed();
            exchange.fail(
                    new Outcome.Failed(Phase.CONNECT, Kind.CLOSED, Causes.describe(opened.cause()), reused, false));
            return;
        }
        Channel stream = opened.getNow();
        BackendConnection carrier = stream.pipeline().get(BackendConnection.class);
        carriers.add(carrier);
        stream.closeFuture().addListener(closed -> {
            carriers.remove(carrier);
            streamClosed();
        });
        if (exchange.over()) {
            stream.close();
        } else {
            exchange.connected(carrier);
        }
    }

    /** Ends all streams, and the connection with the last of them: the backend is gone. */
    void cutOff() {
        ending = true;
        List.copyOf(carriers).forEach(BackendConnection::cutOff);
        if (streams == 0) {
            channel.close();
        } else {
            idle.set(LINGER);
        }
    }

    private void streamClosed() {
        streams--;
        if (streams == 0) {
            pings.end();
        }
        if (streams == 0 && ending) {
            channel.close();
        } else if (streams == 0) {
            idle.set(IDLE);
            owner.idle();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
        if (frame instanceof Http2SettingsFrame settings) {
            Long most = settings.settings().maxConcurrentStreams();
            mostStreams = most == null ? mostStreams : most;
            tunnels |= Boolean.TRUE.equals(settings.settings().connectProtocolEnabled());
            ready();
        } else if (frame instanceof Http2GoAwayFrame) {
            ending = true;
            if (streams == 0) {
                channel.close();
            }
        }
        ReferenceCountUtil.release(frame);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        lastRead = channel.eventLoop().ticker().nanoTime();
        pings.heard();
    }

    /** Where nothing at all has come for as long, it is not the backend that is slow but the connection that is dead. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        long silent = channel.eventLoop().ticker().nanoTime() - lastRead;
        if (event == STREAM_TIMED_OUT && silent >= dialer.timeouts().response()) {
            ending = true;
        }
    }

    private void ready() {
        if (!told) {
            told = true;
            idle.set(IDLE);
            owner.ready(this);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        idle.close();
        pings.close();
        fail("closed before it spoke HTTP/2");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(Causes.describe(cause));
        channel.close();
    }

    private void fail(String why) {
        if (!told) {
            told = true;
            owner.failed(why);
        }
    }
}
