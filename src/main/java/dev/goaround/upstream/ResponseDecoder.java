package dev.goaround.upstream;

import dev.goaround.http.PartialMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import java.util.List;

/** Reads responses, told for each whether it answers a HEAD request and so has no body whatever it announces. */
final class ResponseDecoder extends HttpResponseDecoder {

    private static final int MAX_STATUS_LINE = 16 * 1024;
    private static final int MAX_HEADERS = 64 * 1024;
    /** Pieces of a body are as large as one read can be, so that large bodies pass in few steps. */
    private static final int MAX_PIECE = 256 * 1024;

    private final PartialMessage progress = new PartialMessage();
    private boolean head;

    ResponseDecoder() {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_STATUS_LINE)
                .setMaxHeaderSize(MAX_HEADERS)
                .setMaxChunkSize(MAX_PIECE));
    }

    /** Says whether the next final response answers a HEAD request. */
    void answersHead(boolean answersHead) {
        head = answersHead;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        if (message instanceof HttpResponse response
                && response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            return true;
        }
        return head || super.isContentAlwaysEmpty(message);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        int from = in.readerIndex();
        super.decode(context, in, out);
        progress.decoded(in, from, out);
    }

    /** Whether everything read so far has become whole messages. */
    boolean clean() {
        return !progress.partial() && actualReadableBytes() == 0;
    }
}
