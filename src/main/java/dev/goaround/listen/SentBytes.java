package dev.goaround.listen;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Counts the bytes of a connection that its client, or the system on its behalf, has taken: also those of a buffer that is
 * written in part only. Stands next to the transport; belongs to the event loop of the connection.
 */
final class SentBytes extends ChannelOutboundHandlerAdapter {

    private final Channel channel;
    private long handedOver;
    private long taken;

    SentBytes(Channel channel) {
        this.channel = channel;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            handedOver += bytes.readableBytes();
        }
        context.write(message, promise);
    }

    /** The bytes taken so far. Those that wait count with what the channel adds for its own bookkeeping. */
    long taken() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        if (waiting != null) {
            long left = waiting.totalPendingWriteBytes() - waiting.currentProgress();
            taken = Math.max(taken, handedOver - left);
        }
        return taken;
    }
}
