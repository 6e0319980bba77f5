package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InterimResponseFilterTests {

    private final Reads reads = new Reads();
    private final EmbeddedChannel channel =
            new EmbeddedChannel(reads, new HttpResponseDecoder(), new InterimResponseFilter());

    @ParameterizedTest
    @ValueSource(ints = {100, 102, 103, 199})
    void dropsAnInterimResponseAndAsksForMore(int status) {
        int before = reads.count;
        channel.writeInbound(bytes("HTTP/1.1 " + status + " X\r\nLink: </x>\r\n\r\n"));

        assertThat(channel.<Object>readInbound()).isNull();
        assertThat(reads.count).isGreaterThan(before);
    }

    @Test
    void passesTheFinalResponseOnWhole() {
        channel.writeInbound(bytes("HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));

        HttpResponse head = channel.readInbound();
        assertThat(head.status().code()).isEqualTo(200);
        Object last = channel.readInbound();
        assertThat(last).isInstanceOf(LastHttpContent.class);
        ReferenceCountUtil.release(last);
        assertThat(channel.<Object>readInbound()).isNull();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    /** Counts how often more is asked for. */
    private static final class Reads extends ChannelOutboundHandlerAdapter {

        private int count;

        @Override
        public void read(ChannelHandlerContext context) throws Exception {
            count++;
            super.read(context);
        }
    }
}
