package dev.goaround.http2;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.Http2WindowUpdateFrame;
import java.util.function.LongSupplier;

/**
 * Counts the bytes of data that the peer of an HTTP/2 connection has taken on each stream, to the byte: what its windows have
 * allowed, less what they allow still (RFC 9113 section 6.9). Stands behind the codec; belongs to the event loop of the connection.
 */
public final class TakenBytes extends ChannelInboundHandlerAdapter {

    private final Http2Connection connection;
    private final Http2Connection.PropertyKey allowed;

    public TakenBytes(Http2FrameCodec codec) {
        connection = codec.connection();
        allowed = connection.newKey();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
        if (frame instanceof Http2WindowUpdateFrame update) {
            Http2FrameStream on = update.stream();
            Http2Stream stream = on == null ? null : connection.stream(on.id());
            if (stream != null) {
                Long before = stream.getProperty(allowed);
                stream.setProperty(allowed, (before == null ? 0 : before) + update.windowSizeIncrement());
            }
        }
        context.fireChannelRead(frame);
    }

    /** Returns the bytes taken on the stream, which stay what they were once it is closed. */
    public LongSupplier on(Http2FrameStream stream) {
        return new Counter(stream);
    }

    private final class Counter implements LongSupplier {

        private final Http2FrameStream of;
        private long taken;

        Counter(Http2FrameStream of) {
            this.of = of;
        }

        @Override
        public long getAsLong() {
            Http2Stream stream = connection.stream(of.id());
            if (stream != null) {
                Http2RemoteFlowController windows = connection.remote().flowController();
                Long updates = stream.getProperty(allowed);
                // A change of the initial window changes those of all streams by as much.
                taken = windows.initialWindowSize() + (updates == null ? 0 : updates) - windows.windowSize(stream);
            }
            return taken;
        }
    }
}
