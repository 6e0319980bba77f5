package dev.goaround.upstream;

import dev.goaround.http.MessageLimits;
import dev.goaround.http2.PeerSettingsHandler;
import dev.goaround.http2.ReceiveWindow;
import dev.goaround.http2.WindowBudget;
import dev.goaround.http2.WindowGrowth;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** HTTP/2 towards a backend: how a connection begins, and how a stream on it does. */
final class Http2Client {

    /** Streams whose unread answers may fill their windows before the connection's own is full. */
    private static final int STREAMS = 1024;

    private Http2Client() {}

    /** Speaks HTTP/2 on the connection; frames about the connection itself go to the handler. */
    static void begin(
            Channel connection, MessageLimits limits, WindowBudget windows, ChannelInboundHandlerAdapter handler) {
        Http2Settings announced = Http2Settings.defaultSettings()
                .pushEnabled(false)
                .maxHeaderListSize(limits.fields())
                .initialWindowSize(ReceiveWindow.OF_STREAM);
        ChannelHandler notWanted = new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel pushed) {
                pushed.close();
            }
        };
        Http2FrameCodec codec = PeerSettingsHandler.leftBy(new ReadingOn())
                .initialSettings(announced)
                .build();
        connection
                .pipeline()
                .addLast(
                        codec,
                        new WindowGrowth(codec, windows),
                        new Http2MultiplexHandler(notWanted),
                        new PeerSettingsHandler(codec),
                        handler);
        ReceiveWindow.widen(codec, STREAMS);
        connection.flush();
    }

    /** Opens a stream, to which its handlers are added as it opens. */
    static Future<Http2StreamChannel> open(Channel connection, Consumer<Channel> handlers) {
        return new Http2StreamChannelBootstrap(connection)
                .option(ChannelOption.AUTO_CLOSE, false)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        handlers.accept(stream);
                    }
                })
                .open();
    }

    /**
     * Makes codecs that go on reading where nothing can be written any more: a backend may have responded before it closed, and says with
     * the last of it how far it came (RFC 9113 section 6.8).
     */
    private static final class ReadingOn extends Http2FrameCodecBuilder {

        ReadingOn() {
            server(false).gracefulShutdownTimeoutMillis(0).decoupleCloseAndGoAway(true);
        }

        @Override
        protected Http2FrameCodec build(
                Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
            return new Http2FrameCodec(encoder, decoder, settings, decoupleCloseAndGoAway(), true) {
                @Override
                protected void onConnectionError(
                        ChannelHandlerContext context,
                        boolean outbound,
                        Throwable cause,
                        @Nullable Http2Exception known) {
                    if (!outbound || !Causes.unwritten(cause)) {
                        super.onConnectionError(context, outbound, cause, known);
                    }
                }
            };
        }
    }
}
