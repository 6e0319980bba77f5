package dev.goaround.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages as bytes, and in how many buffers they come. */
class MessageEncoderTests {

    private static final String LARGE = "x".repeat(9000);

    private final MessageEncoder encoder = new MessageEncoder();
    private final EmbeddedChannel channel = new EmbeddedChannel(encoder);

    @AfterEach
    void nothingIsLeft() {
        channel.finishAndReleaseAll();
    }

    @Test
    void writesARequestByteForByteAsItWasRead() {
        DefaultFullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf("PROPFIND"), "/\u00e9|{}%zz?");
        request.headers().add("hOST", "a").add("X-Empty", "").add("x-empty", "\u00fc");

        channel.writeOutbound(request);

        assertThat(written())
                .containsExactly("PROPFIND /\u00e9|{}%zz? HTTP/1.1\r\nhOST: a\r\nX-Empty: \r\nx-empty: \u00fc\r\n\r\n");
    }

    @Test
    void joinsHeadAndSmallBody() {
        DefaultHttpResponse head = response(200);
        head.headers().add("Content-Length", 2);

        channel.write(head, channel.voidPromise());
        channel.writeAndFlush(last("ok"));

        assertThat(written()).containsExactly("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }

    @Test
    void keepsAReasonPhraseThatIsNotTheUsualOne() {
        channel.writeOutbound(new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, new HttpResponseStatus(299, "Caf\u00e9 au lait"), Unpooled.EMPTY_BUFFER));

        assertThat(written()).containsExactly("HTTP/1.1 299 Caf\u00e9 au lait\r\n\r\n");
    }

    @Test
    void passesALargePieceWithoutACopy() {
        DefaultHttpResponse head = response(200);
        head.headers().add("Content-Length", 9000);
        DefaultLastHttpContent body = last(LARGE);

        channel.write(head, channel.voidPromise());
        channel.writeAndFlush(body);

        assertThat(channel.outboundMessages()).last().isSameAs(body.content());
        assertThat(written()).containsExactly("HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", LARGE);
    }

    @Test
    void doesNotHoldAHeadBackOnceItIsFlushed() {
        channel.write(response(200), channel.voidPromise());
        assertThat(written()).isEmpty();

        channel.flush();

        assertThat(written()).containsExactly("HTTP/1.1 200 OK\r\n\r\n");
    }

    @Test
    void writesAHeadAtOnceWhenSomebodyAsksWhetherItIsWritten() {
        ChannelFuture head = channel.write(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/"));
        channel.write(content("x"), channel.voidPromise());
        channel.flush();

        assertThat(head.isSuccess()).isTrue();
        assertThat(written()).containsExactly("POST / HTTP/1.1\r\n\r\n", "x");
    }

    @Test
    void writesChunksWithTheirSizesAndTrailers() {
        channel.write(chunked(), channel.voidPromise());
        channel.write(content("twelve bytes"), channel.voidPromise());
        channel.write(content(""), channel.voidPromise());
        DefaultLastHttpContent end = last("end");
        end.trailingHeaders().add("X-Sum", "7");
        channel.writeAndFlush(end);

        assertThat(written())
                .containsExactly("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "c\r\ntwelve bytes\r\n3\r\nend\r\n0\r\nX-Sum: 7\r\n\r\n");
    }

    @Test
    void writesLargeChunksBetweenTheirFrames() {
        channel.write(chunked(), channel.voidPromise());
        channel.write(content(LARGE), channel.voidPromise());
        channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);

        assertThat(written())
                .containsExactly(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2328\r\n", LARGE, "\r\n0\r\n\r\n");
    }

    @Test
    void doesNotGatherWithoutEnd() {
        channel.write(response(200), channel.voidPromise());
        for (int i = 0; i < 5; i++) {
            channel.write(content("x".repeat(8000)), channel.voidPromise());
        }
        channel.flushOutbound();

        assertThat(written()).hasSize(2).allMatch(buffer -> buffer.length() < 25_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {103, 204, 205, 304})
    void writesNoBodyWhereThereIsNone(int status) {
        channel.write(response(status), channel.voidPromise());
        channel.writeAndFlush(last("none"));

        assertThat(String.join("", written())).startsWith("HTTP/1.1 " + status).doesNotContain("none");
    }

    @Test
    void announcesNoLengthWhereNoneMayBe() {
        DefaultHttpResponse head = response(204);
        head.headers().add("Content-Length", 4).add("Transfer-Encoding", "chunked");

        channel.writeAndFlush(head);

        assertThat(written()).containsExactly("HTTP/1.1 204 No Content\r\n\r\n");
    }

    @Test
    void keepsTheLengthOfAnAnswerToHeadWithoutItsBody() {
        DefaultHttpResponse head = response(200);
        head.headers().add("Content-Length", 4);

        encoder.answersHead(true);
        channel.write(head, channel.voidPromise());
        channel.writeAndFlush(last("body"));

        assertThat(written()).containsExactly("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    }

    @Test
    void tellsWhenAMessageIsWrittenThatLeavesNothingToWrite() {
        encoder.answersHead(true);
        channel.writeAndFlush(response(200));

        ChannelFuture end = channel.writeAndFlush(last("dropped"));

        assertThat(end.isSuccess()).isTrue();
    }

    @Test
    void releasesWhatWaitsWhenTheConnectionCloses() {
        channel.write(response(200), channel.voidPromise());
        DefaultHttpContent piece = content("x");
        channel.write(piece, channel.voidPromise());

        channel.close();

        assertThat(piece.refCnt()).isZero();
        assertThat(written()).isEmpty();
    }

    @Test
    void writesLongHeads() {
        DefaultHttpResponse head = response(200);
        String value = "v".repeat(100_000);
        head.headers().add("X-Long", value).add("X-After", "it");

        channel.writeAndFlush(head);
        channel.writeAndFlush(response(200));

        assertThat(written())
                .containsExactly(
                        "HTTP/1.1 200 OK\r\nX-Long: " + value + "\r\nX-After: it\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n");
    }

    private static DefaultHttpResponse response(int status) {
        return new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    }

    private static DefaultHttpResponse chunked() {
        DefaultHttpResponse head = response(200);
        head.headers().add("Transfer-Encoding", "chunked");
        return head;
    }

    private static DefaultHttpContent content(String text) {
        return new DefaultHttpContent(buffer(text));
    }

    private static DefaultLastHttpContent last(String text) {
        return new DefaultLastHttpContent(buffer(text));
    }

    private static ByteBuf buffer(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    /** What has been written since the last time, a string for each buffer. */
    private List<String> written() {
        List<String> buffers = new ArrayList<>();
        Object message;
        while ((message = channel.readOutbound()) != null) {
            String text = ((ByteBuf) message).toString(StandardCharsets.ISO_8859_1);
            if (!text.isEmpty()) {
                buffers.add(text);
            }
            ReferenceCountUtil.release(message);
        }
        return buffers;
    }
}
