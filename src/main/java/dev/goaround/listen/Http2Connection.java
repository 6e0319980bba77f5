package dev.goaround.listen;

import dev.goaround.http.Deadline;
import dev.goaround.http.MessageLimits;
import dev.goaround.http.RequestMemory;
import dev.goaround.http2.PeerSettingsHandler;
import dev.goaround.http2.PingWatch;
import dev.goaround.http2.ReceiveWindow;
import dev.goaround.http2.ServerStream;
import dev.goaround.http2.TakenBytes;
import dev.goaround.http2.WindowGrowth;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One HTTP/2 connection of a client, whose streams are {@link ClientConnection}s: how many, how long it may idle, and how it ends
 * without a request being lost (RFC 9113 section 6.8). Belongs to one event loop.
 */
final class Http2Connection extends ChannelInboundHandlerAdapter {

    /** Answers to SETTINGS and PING that a client may leave unread. */
    private static final int MOST_UNREAD_REPLIES = 1000;

    /** How long a connection is read on after its last stream, unless the client ends it. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final int MOST_EMPTY_FRAMES = 10;
    private static final int MOST_SMALL_CONTINUATIONS = 16;

    private final TrafficServer server;
    private final Channel channel;
    private final Deadline idle;
    private final PingWatch pings;
    private final Set<Channel> streams = new HashSet<>();
    private final RequestMemory.Share memory;
    private final EarlyResets resets;
    private final Http2FrameCodec codec;
    private int requests;
    private boolean ending;
    private boolean sentAway;

    private Http2Connection(TrafficServer server, Channel channel, Http2FrameCodec codec) {
        this.server = server;
        this.channel = channel;
        this.codec = codec;
        this.resets = new EarlyResets(
                server.settings().resetLimit(), channel.eventLoop().ticker()::nanoTime);
        this.memory = server.memory().share();
        this.idle = new Deadline(channel.eventLoop(), this::idleForLong);
        this.pings = PingWatch.ofClient(
                channel, server.settings().http2PingInterval().toNanos());
    }

    /** Speaks HTTP/2 from here on. */
    static void begin(TrafficServer server, Channel channel, MessageLimits limits) {
        ListenSettings settings = server.settings();
        Http2Settings announced = Http2Settings.defaultSettings()
                .maxConcurrentStreams(settings.http2MaxStreams())
                .maxHeaderListSize(limits.fields() + limits.startLine())
                .initialWindowSize(ReceiveWindow.OF_STREAM)
                .connectProtocolEnabled(true);
        Http2FrameCodec codec = PeerSettingsHandler.leftBy(Http2FrameCodecBuilder.forServer())
                .initialSettings(announced)
                .decoupleCloseAndGoAway(true)
                // Ordinary cancellations, and responses that do not wait for the end of their requests, are not told
                // apart there.
                .decoderEnforceMaxRstFramesPerWindow(0, 0)
                .encoderEnforceMaxRstFramesPerWindow(0, 0)
                .decoderEnforceMaxConsecutiveEmptyDataFrames(MOST_EMPTY_FRAMES)
                .decoderEnforceMaxSmallContinuationFrames(MOST_SMALL_CONTINUATIONS)
                .encoderEnforceMaxQueuedControlFrames(MOST_UNREAD_REPLIES)
                .build();
        Http2Connection connection = new Http2Connection(server, channel, codec);
        TakenBytes taken = new TakenBytes(codec);
        Http2MultiplexHandler multiplexer = new Http2MultiplexHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.config().setWriteBufferWaterMark(TrafficServer.WATER_MARK);
                connection.opened(stream);
                ServerStream streamCodec = new ServerStream(limits, "2.0", connection::cutEarly);
                LongSupplier takenBytes = taken.on(((Http2StreamChannel) stream).stream());
                stream.pipeline()
                        .addLast(
                                streamCodec,
                                new ClientConnection(server, stream, streamCodec, connection.memory, takenBytes));
            }
        });
        channel.pipeline()
                .addLast(
                        codec,
                        new WindowGrowth(codec, server.windows()),
                        taken,
                        multiplexer,
                        new PeerSettingsHandler(codec),
                        connection);
        codec.encoder().lifecycleManager(new CountedErrors(codec, server.counts()));
        ReceiveWindow.widen(codec, settings.http2MaxStreams());
        connection.idles();
        if (server.refusing()) {
            connection.endWhenIdle();
        } else if (server.stopping()) {
            connection.announceEnd();
        }
    }

    private void opened(Channel stream) {
        if (streams.isEmpty()) {
            pings.begin();
        }
        streams.add(stream);
        requests++;
        resets.requested();
        idle.clear();
        stream.closeFuture().addListener(closed -> closed(stream));
        if (server.settings().lastOnConnection(requests)) {
            endWhenIdle();
        }
    }

    private void cutEarly() {
        if (resets.reset() && !sentAway) {
            sentAway = true;
            codec.onError(
                    channel.pipeline().context(codec),
                    false,
                    Http2Exception.connectionError(
                            Http2Error.ENHANCE_YOUR_CALM,
                            "too many streams end by RST_STREAM before their responses begin"));
        }
    }

    private void closed(Channel stream) {
        streams.remove(stream);
        if (streams.isEmpty()) {
            pings.end();
        }
        if (streams.isEmpty() && ending) {
            end();
        } else if (streams.isEmpty()) {
            idles();
        }
    }

    /**
     * Closes after the last stream in two steps, since closing at once while the client still acknowledges what it got would reset
     * the connection and could destroy that on its way.
     */
    private void end() {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (channel instanceof DuplexChannel duplex && channel.pipeline().get(SslHandler.class) == null) {
                duplex.shutdownOutput();
            }
        });
        idle.set(LINGER_NANOS);
    }

    private void idleForLong() {
        if (ending) {
            channel.close();
        } else {
            endWhenIdle();
        }
    }

    private void idles() {
        idle.set(server.settings().keepAliveTimeout().toNanos());
    }

    /** Says that there will be an end, while streams may still be opened: some may be on their way. */
    void announceEnd() {
        DefaultHttp2GoAwayFrame goAway = new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR);
        goAway.setExtraStreamIds(Integer.MAX_VALUE);
        channel.writeAndFlush(goAway);
    }

    /** From now on no stream may be opened, and the connection closes with the last one. */
    void endWhenIdle() {
        if (ending) {
            return;
        }
        ending = true;
        channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
        if (streams.isEmpty()) {
            end();
        }
    }

    /** Tells the WebSockets on streams that they end. */
    void sayFarewell() {
        for (Channel stream : streams) {
            WebSocketFarewell farewell = stream.pipeline().get(WebSocketFarewell.class);
            if (farewell != null) {
                farewell.say();
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
        // Those of streams go to the streams; what is about the connection, the codec has seen to.
        ReferenceCountUtil.release(frame);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        pings.heard();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        idle.close();
        pings.close();
        // Those that are not being read would not notice.
        List.copyOf(streams).forEach(Channel::close);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        server.connectionFailed(cause);
        if (cause instanceof Http2Exception wrong) {
            // The codec tells the client, and closes then.
            server.counts().ended(wrong);
        } else {
            channel.close();
        }
    }
}
