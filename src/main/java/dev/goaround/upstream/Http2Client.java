package dev.goaround.upstream;

import dev.goaround.http.MessageLimits;
import dev.goaround.http2.PeerSettings;
import dev.goaround.http2.ReceiveWindow;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.concurrent.Future;
import java.util.function.Consumer;

/** HTTP/2 towards a backend: how a connection begins, and how a stream on it does. */
final class Http2Client {

    /** Streams whose unread answers may fill their windows before the connection's own is full. */
    private static final int STREAMS = 1024;

    private Http2Client() {}

    /** Speaks HTTP/2 on the connection; frames about the connection itself go to the handler. */
    static void begin(Channel connection, MessageLimits limits, ChannelInboundHandlerAdapter handler) {
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
        Http2FrameCodec codec = PeerSettings.leftBy(Http2FrameCodecBuilder.forClient())
                .initialSettings(announced)
                .decoupleCloseAndGoAway(true)
                .build();
        connection.pipeline().addLast(codec, new Http2MultiplexHandler(notWanted), new PeerSettings(codec), handler);
        ReceiveWindow.widen(codec, STREAMS);
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
