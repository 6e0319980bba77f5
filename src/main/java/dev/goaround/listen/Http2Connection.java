package dev.goaround.listen;

import dev.goaround.http.Deadline;
import dev.goaround.http.MessageLimits;
import dev.goaround.http2.ServerStream;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;

/**
 * One HTTP/2 connection of a client, whose streams are {@link ClientConnection}s: how many, how long it may idle, and how it ends
 * without a request being lost (RFC 9113 section 6.8). Belongs to one event loop.
 */
final class Http2Connection extends ChannelInboundHandlerAdapter {

    /** Bytes that a client may send on one stream before they have been taken. */
    private static final int WINDOW = 256 * 1024;

    /** Streams that a client may reset within the seconds below, which is the rapid reset attack (CVE-2023-44487). */
    private static final int MOST_RESETS = 200;

    private static final int RESETS_SECONDS = 10;

    /** Answers to SETTINGS and PING that a client may leave unread. */
    private static final int MOST_UNREAD_REPLIES = 1000;

    private static final int MOST_EMPTY_FRAMES = 10;
    private static final int MOST_SMALL_CONTINUATIONS = 16;

    private final TrafficServer server;
    private final Channel channel;
    private final Deadline idle;
    private int streams;
    private int requests;
    private boolean ending;

    private Http2Connection(TrafficServer server, Channel channel) {
        this.server = server;
        this.channel = channel;
        this.idle = new Deadline(channel.eventLoop(), this::endWhenIdle);
    }

    /** Speaks HTTP/2 from here on. */
    static void begin(TrafficServer server, Channel channel, MessageLimits limits) {
        ListenSettings settings = server.settings();
        Http2Settings announced = Http2Settings.defaultSettings()
                .maxConcurrentStreams(settings.http2MaxStreams())
                .maxHeaderListSize(limits.fields() + limits.startLine())
                .initialWindowSize(WINDOW)
                .connectProtocolEnabled(true);
        Http2FrameCodec codec = Http2FrameCodecBuilder.forServer()
                .initialSettings(announced)
                .decoupleCloseAndGoAway(true)
                .decoderEnforceMaxRstFramesPerWindow(MOST_RESETS, RESETS_SECONDS)
                .decoderEnforceMaxConsecutiveEmptyDataFrames(MOST_EMPTY_FRAMES)
                .decoderEnforceMaxSmallContinuationFrames(MOST_SMALL_CONTINUATIONS)
                .encoderEnforceMaxQueuedControlFrames(MOST_UNREAD_REPLIES)
                .build();
        Http2Connection connection = new Http2Connection(server, channel);
        Http2MultiplexHandler multiplexer = new Http2MultiplexHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel stream) {
                connection.opened(stream);
                ServerStream streamCodec = new ServerStream(limits);
                stream.pipeline().addLast(streamCodec, new ClientConnection(server, stream, streamCodec));
            }
        });
        channel.pipeline().addLast(codec, multiplexer, connection);
        connection.idles();
        if (server.stopping()) {
            connection.announceEnd();
        }
    }

    private void opened(Channel stream) {
        streams++;
        requests++;
        idle.clear();
        stream.closeFuture().addListener(closed -> closed());
        if (server.settings().lastOnConnection(requests)) {
            endWhenIdle();
        }
    }

    private void closed() {
        streams--;
        if (streams == 0 && ending) {
            channel.flush().close();
        } else if (streams == 0) {
            idles();
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
        var said = channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
        if (streams == 0) {
            said.addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
        // Those of streams go to the streams; what is about the connection, the codec has seen to.
        ReferenceCountUtil.release(frame);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        idle.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        server.connectionFailed(cause);
        if (!(cause instanceof Http2Exception)) {
            // Of those the codec tells the client, and closes then.
            channel.close();
        }
    }
}
