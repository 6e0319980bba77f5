package dev.goaround.listen;

import dev.goaround.http.Deadline;
import dev.goaround.http.MessageLimits;
import dev.goaround.http.RequestMemory;
import dev.goaround.http2.ServerStream;
import dev.goaround.http3.StreamFrames;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http3.DefaultHttp3GoAwayFrame;
import io.netty.handler.codec.http3.DefaultHttp3SettingsFrame;
import io.netty.handler.codec.http3.DefaultHttp3UnknownFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.http3.Http3Settings;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicTransportParameters;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One HTTP/3 connection of a client, whose streams are {@link ClientConnection}s: how long it may idle, how many streams may be reset,
 * and how it ends without a request being lost (RFC 9114 section 5). Belongs to one event loop.
 */
final class Http3Connection extends ChannelInboundHandlerAdapter {

    /**
     * Streams that end before the client has ended its side. The codec keeps an object for each, of which it does not let go before
     * the connection ends; after so many another connection must take over.
     */
    private static final int MOST_UNENDED = 500;

    /** How long a connection is kept after its last stream, unless the client ends it: what was sent may have to be sent again. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** The codec closes the connection over a section that is larger than was announced; up to here it gets an answer instead. */
    private static final int SECTION_FACTOR = 2;

    /** How often streams are looked at, at least. */
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A connection lasts as long as packets come that ask for a response (RFC 9000 section 10.1); so many are sent in that time. */
    private static final int KEPT_ALIVE = 3;

    /** A frame without a meaning, which is ignored (RFC 9114 section 7.2.8). */
    private static final long RESERVED_FRAME = 0x1f + 0x21;

    /** Ids of the streams that clients open for requests are this far apart (RFC 9000 section 2.1). */
    private static final long NEXT_STREAM = 4;

    private static final long HIGHEST_STREAM = (1L << 62) - NEXT_STREAM;

    private final TrafficServer server;
    private final QuicChannel channel;
    private final Deadline idle;
    private final Deadline look;
    private final Set<Channel> streams = new HashSet<>();
    private final RequestMemory.Share memory;
    private final EarlyResets resets;
    private long keptAlive;
    private long firstUnused;
    private int requests;
    private int unended;
    private boolean ending;
    private boolean established;

    private Http3Connection(TrafficServer server, QuicChannel channel) {
        this.server = server;
        this.channel = channel;
        this.memory = server.memory().share();
        this.resets = new EarlyResets(
                server.settings().resetLimit(), channel.eventLoop().ticker()::nanoTime);
        this.idle = new Deadline(channel.eventLoop(), this::idleForLong);
        this.look = new Deadline(channel.eventLoop(), this::look);
    }

    /** Speaks HTTP/3 on a connection that has been accepted. */
    static void begin(TrafficServer server, QuicChannel channel, MessageLimits limits) {
        Http3Connection connection = new Http3Connection(server, channel);
        Http3Settings announced = Http3Settings.defaultSettings()
                .maxFieldSectionSize(SECTION_FACTOR * (long) (limits.fields() + limits.startLine()));
        ChannelInitializer<QuicStreamChannel> request = new ChannelInitializer<>() {
            @Override
            protected void initChannel(QuicStreamChannel stream) {
                connection.opened(stream, limits);
            }
        };
        channel.pipeline()
                .addLast(new Http3ServerConnectionHandler(
                        request, null, null, new DefaultHttp3SettingsFrame(announced), true))
                .addLast(connection);
        connection.idles();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        established = true;
        server.counts().handshake(true);
        if (server.refusing()) {
            endWhenIdle();
        } else if (server.stopping()) {
            announceEnd();
        }
        context.fireChannelActive();
    }

    private void opened(QuicStreamChannel stream, MessageLimits limits) {
        if (ending) {
            // The client has been told, or will be: it was not acted on (section 5.2).
            stream.shutdown(Http3ErrorCode.H3_REQUEST_REJECTED.code());
            stream.close();
            return;
        }
        if (streams.isEmpty()) {
            keptAlive = now();
            look.set(lookInterval());
        }
        streams.add(stream);
        firstUnused = Math.max(firstUnused, stream.streamId() + NEXT_STREAM);
        requests++;
        resets.requested();
        idle.clear();
        StreamFrames frames = new StreamFrames();
        stream.closeFuture().addListener(closed -> closed(stream, frames.ended()));
        ServerStream codec = new ServerStream(limits, "3.0", this::cutEarly);
        stream.pipeline().addLast(frames, codec, new ClientConnection(server, stream, codec, memory, frames::taken));
        if (server.settings().lastOnConnection(requests)) {
            endWhenIdle();
        }
    }

    private void closed(Channel stream, boolean ended) {
        streams.remove(stream);
        if (!ended && ++unended >= MOST_UNENDED) {
            endWhenIdle();
        }
        if (streams.isEmpty()) {
            look.clear();
        }
        if (streams.isEmpty() && ending) {
            idle.set(LINGER_NANOS);
        } else if (streams.isEmpty()) {
            idles();
        }
    }

    private long now() {
        return channel.eventLoop().ticker().nanoTime();
    }

    /** Streams may be quiet for hours, and then nothing tells that a client wants no more of one, or keeps the connection. */
    private void look() {
        for (Channel stream : List.copyOf(streams)) {
            StreamFrames frames = stream.pipeline().get(StreamFrames.class);
            if (frames != null) {
                frames.endIfStopped();
            }
        }
        QuicStreamChannel control = Http3.getLocalControlStream(channel);
        if (control != null && now() - keptAlive >= keepAliveInterval()) {
            keptAlive = now();
            control.writeAndFlush(new DefaultHttp3UnknownFrame(RESERVED_FRAME, Unpooled.EMPTY_BUFFER));
        }
        if (!streams.isEmpty()) {
            look.set(lookInterval());
        }
    }

    private long lookInterval() {
        return Math.min(LOOK_NANOS, keepAliveInterval());
    }

    /** The shorter one of what both ends have said counts (RFC 9000 section 10.1); 0 says none. */
    private long keepAliveInterval() {
        long ours = server.settings().keepAliveTimeout().toNanos();
        QuicTransportParameters client = channel.peerTransportParameters();
        long theirs = client == null ? 0 : TimeUnit.MILLISECONDS.toNanos(client.maxIdleTimeout());
        return (theirs == 0 ? ours : Math.min(ours, theirs)) / KEPT_ALIVE;
    }

    private void cutEarly() {
        if (resets.reset()) {
            server.counts().reached(ListenCounts.Limit.RESETS);
            close(Http3ErrorCode.H3_EXCESSIVE_LOAD);
        }
    }

    private void idles() {
        idle.set(server.settings().keepAliveTimeout().toNanos());
    }

    private void idleForLong() {
        if (ending) {
            close(Http3ErrorCode.H3_NO_ERROR);
        } else {
            endWhenIdle();
        }
    }

    /** Says that there will be an end, while streams may still be opened: some may be on their way. */
    void announceEnd() {
        goAway(HIGHEST_STREAM);
    }

    /** From now on no stream may be opened, and the connection closes with the last one. */
    void endWhenIdle() {
        if (ending) {
            return;
        }
        ending = true;
        goAway(firstUnused);
        if (streams.isEmpty()) {
            idle.set(LINGER_NANOS);
        }
    }

    private void goAway(long firstRefused) {
        QuicStreamChannel control = Http3.getLocalControlStream(channel);
        if (control != null) {
            control.writeAndFlush(new DefaultHttp3GoAwayFrame(firstRefused));
        }
    }

    private void close(Http3ErrorCode code) {
        channel.close(true, code.code(), Unpooled.EMPTY_BUFFER);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        idle.close();
        look.close();
        if (!established) {
            server.counts().handshake(false);
        }
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        server.connectionFailed(cause);
        channel.close();
    }
}
