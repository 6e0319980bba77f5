package dev.goaround.upstream;

import dev.goaround.http.Deadline;
import dev.goaround.http2.ClientStream;
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
import java.util.concurrent.TimeUnit;

/**
 * One HTTP/2 connection to a backend, which carries as many requests at a time as the backend lets it, each on a stream of its own.
 * Belongs to one event loop.
 */
final class MultiplexedConnection extends ChannelInboundHandlerAdapter {

    /** Told once whether requests may be sent. */
    interface Owner {

        void ready(MultiplexedConnection connection);

        void failed(String why);
    }

    /** How long a connection without a request is kept. The backend says when it goes, so that this is no race. */
    private static final long IDLE = TimeUnit.SECONDS.toNanos(30);

    private final Channel channel;
    private final Backend backend;
    private final Dialer dialer;
    private final Owner owner;
    private final Deadline idle;
    private long mostStreams = Long.MAX_VALUE;
    private int streams;
    private boolean ready;
    private boolean told;
    private boolean used;
    private boolean ending;

    private MultiplexedConnection(Channel channel, Backend backend, Dialer dialer, Owner owner) {
        this.channel = channel;
        this.backend = backend;
        this.dialer = dialer;
        this.owner = owner;
        this.idle = new Deadline(channel.eventLoop(), channel::close);
    }

    /** Speaks HTTP/2 on the connection; the owner learns when the backend does as well. */
    static void begin(Channel channel, Backend backend, Dialer dialer, Owner owner) {
        MultiplexedConnection connection = new MultiplexedConnection(channel, backend, dialer, owner);
        connection.idle.set(dialer.timeouts().response());
        Http2Client.begin(channel, dialer.limits(), connection);
    }

    /** Whether another request may be sent now. */
    boolean hasRoom() {
        return ready && !ending && streams < mostStreams && channel.isActive();
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
        boolean reused = used;
        used = true;
        streams++;
        idle.clear();
        ClientStream codec = new ClientStream(dialer.limits(), dialer.scheme());
        Http2Client.open(channel, stream -> {
                    BackendConnection carrier =
                            new BackendConnection(stream, backend, codec, dialer.timeouts(), ended -> {});
                    if (reused) {
                        carrier.reused();
                    }
                    stream.pipeline().addLast(codec, carrier);
                })
                .addListener((Future<Http2StreamChannel> opened) -> opened(exchange, opened, reused));
    }

    private void opened(UpstreamExchange exchange, Future<Http2StreamChannel> opened, boolean reused) {
        if (!opened.isSuccess()) {
            streamClosed();
            exchange.fail(
                    new Outcome.Failed(Phase.CONNECT, Kind.CLOSED, Causes.describe(opened.cause()), reused, false));
            return;
        }
        Channel stream = opened.getNow();
        stream.closeFuture().addListener(closed -> streamClosed());
        if (exchange.over()) {
            stream.close();
        } else {
            exchange.connected(stream.pipeline().get(BackendConnection.class));
        }
    }

    private void streamClosed() {
        streams--;
        if (streams == 0 && ending) {
            channel.close();
        } else if (streams == 0) {
            idle.set(IDLE);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
        if (frame instanceof Http2SettingsFrame settings) {
            Long most = settings.settings().maxConcurrentStreams();
            mostStreams = most == null ? mostStreams : most;
            ready();
        } else if (frame instanceof Http2GoAwayFrame) {
            ending = true;
            if (streams == 0) {
                channel.close();
            }
        }
        ReferenceCountUtil.release(frame);
    }

    private void ready() {
        if (!told) {
            told = true;
            ready = true;
            idle.set(IDLE);
            owner.ready(this);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        idle.close();
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
