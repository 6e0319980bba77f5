package dev.goaround.upstream;

import dev.goaround.http.MessageLimits;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.concurrent.Future;
import java.util.function.Consumer;

/** HTTP/2 towards a backend: how a connection begins, and how a stream on it does. */
final class Http2Client {

    /** Bytes that a backend may send on one stream before they have been taken. */
    private static final int WINDOW = 256 * 1024;

    private Http2Client() {}

    /** Speaks HTTP/2 on the connection; frames about the connection itself go to the handler. */
    static void begin(Channel connection, MessageLimits limits, ChannelInboundHandlerAdapter handler) {
        Http2Settings announced = Http2Settings.defaultSettings()
                .pushEnabled(false)
                .maxHeaderListSize(limits.fields())
                .initialWindowSize(WINDOW);
        ChannelHandler notWanted = new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel pushed) {
                pushed.close();
            }
        };
        connection
                .pipeline()
                .addLast(
                        Http2FrameCodecBuilder.forClient()
                                .initialSettings(announced)
                                .decoupleCloseAndGoAway(true)
                                .build(),
                        new Http2MultiplexHandler(notWanted),
                        handler);
        connection.flush();
    }

    /** Opens a stream, to which its handlers are added as it opens. */
    static Future<Http2StreamChannel> open(Channel connection, Consumer<Channel> handlers) {
        return new Http2StreamChannelBootstrap(connection)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        handlers.accept(stream);
                    }
                })
                .open();
    }
}
