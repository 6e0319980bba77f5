package dev.goaround.listen;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;

/** Reads requests within the limits that clients have, and knows when a request has only partly arrived. */
final class RequestDecoder extends HttpRequestDecoder {

    /** Pieces of a body are as large as one read can be, so that large bodies pass in few steps. */
    private static final int MAX_PIECE = 256 * 1024;

    private boolean unfinished;

    RequestDecoder(ListenSettings settings) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength((int) settings.requestLineLimit().toBytes())
                .setMaxHeaderSize((int) settings.headerLimit().toBytes())
                .setMaxChunkSize(MAX_PIECE));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) throws Exception {
        unfinished = true;
        super.channelRead(context, bytes);
    }

    /** Says that what was read so far gave a message. */
    void messageRead() {
        unfinished = false;
    }

    /** Whether bytes have come that did not give a message yet. */
    boolean unfinished() {
        return unfinished;
    }
}
