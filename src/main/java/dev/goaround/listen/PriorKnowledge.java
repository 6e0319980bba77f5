package dev.goaround.listen;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import java.util.List;

/**
 * Looks at the first bytes of a connection without TLS: a client that knows that HTTP/2 is spoken here begins with a preface that
 * no request of HTTP/1.1 begins with (RFC 9113 section 3.3). With anything else the connection stays with HTTP/1.1.
 */
final class PriorKnowledge extends ByteToMessageDecoder {

    private static final byte[] PREFACE = ByteBufUtil.getBytes(Http2CodecUtil.connectionPrefaceBuf());

    private final TrafficServer server;

    PriorKnowledge(TrafficServer server) {
        this.server = server;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int there = Math.min(in.readableBytes(), PREFACE.length);
        for (int i = 0; i < there; i++) {
            if (in.getByte(in.readerIndex() + i) != PREFACE[i]) {
                context.pipeline().remove(this);
                return;
            }
        }
        if (there == PREFACE.length) {
            Channel channel = context.channel();
            while (channel.pipeline().last() != this) {
                channel.pipeline().removeLast();
            }
            server.speakHttp2(channel);
            context.pipeline().remove(this);
        }
    }
}
