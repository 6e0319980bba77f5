package dev.goaround.http2;

import static io.netty.handler.codec.http2.Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsAckFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;

/**
 * Puts a peer's settings in force, and acknowledges them, but for what would let the peer choose how much memory its connection takes:
 * the fields that the encoder keeps are bounded, whatever table size the peer allows (RFC 7541 section 4.2).
 *
 * <p>The codec must have been {@linkplain #leftBy told} not to do that itself.
 */
public final class PeerSettingsHandler extends ChannelInboundHandlerAdapter {

    /**
     * Changes of the table size on one connection. Each is remembered until the next field section says so, and no client needs more
     * than the two that allow a table and take it away again.
     */
    private static final int MAX_CHANGES = 100;

    private final Http2FrameCodec codec;
    private long tableSize = DEFAULT_HEADER_TABLE_SIZE;
    private int changes;

    /** @param codec the codec that is before this handler in the pipeline */
    public PeerSettingsHandler(Http2FrameCodec codec) {
        this.codec = codec;
    }

    /** Has the codec leave a peer's settings to this handler. */
    public static Http2FrameCodecBuilder leftBy(Http2FrameCodecBuilder builder) {
        return builder.autoAckSettingsFrame(false);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
        if (frame instanceof Http2SettingsFrame received && !apply(context, received.settings())) {
            return;
        }
        context.fireChannelRead(frame);
    }

    private boolean apply(ChannelHandlerContext context, Http2Settings settings) {
        Long allowed = settings.headerTableSize();
        if (allowed != null) {
            long used = Math.min(allowed, DEFAULT_HEADER_TABLE_SIZE);
            settings.headerTableSize(used);
            if (used != tableSize && ++changes > MAX_CHANGES) {
                codec.onError(
                        context.pipeline().context(codec),
                        false,
                        Http2Exception.connectionError(
                                Http2Error.ENHANCE_YOUR_CALM, "the header table size was changed too often"));
                return false;
            }
            tableSize = used;
        }
        // The codec applies the settings object that it has handed out when it is told to acknowledge it.
        context.write(Http2SettingsAckFrame.INSTANCE);
        return true;
    }
}
