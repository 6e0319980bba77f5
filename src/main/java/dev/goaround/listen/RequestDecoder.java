package dev.goaround.listen;

import dev.goaround.http.PartialMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.util.List;

/** Reads requests within the limits that clients have, and knows when a request has only partly arrived. */
final class RequestDecoder extends HttpRequestDecoder {

    /** Pieces of a body are as large as one read can be, so that large bodies pass in few steps. */
    private static final int MAX_PIECE = 256 * 1024;

    private final PartialMessage progress = new PartialMessage();

    RequestDecoder(ListenSettings settings) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength((int) settings.requestLineLimit().toBytes())
                .setMaxHeaderSize((int) settings.headerLimit().toBytes())
                .setMaxChunkSize(MAX_PIECE));
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        int from = in.readerIndex();
        super.decode(context, in, out);
        progress.decoded(in, from, out);
    }

    /** Whether a message has arrived in part. */
    boolean unfinished() {
        return progress.partial() || actualReadableBytes() > 0;
    }
}
