package dev.goaround.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.http.LastPiece;
import dev.goaround.http.MalformedMessage;
import dev.goaround.http.MessageLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client's stream, frame by frame. */
class ServerStreamTests {

    private static final String GET = ":method=GET|:scheme=http|:authority=a.example|:path=/x?y";

    private final ServerStream codec = new ServerStream(new MessageLimits(16 * 1024, 32 * 1024, 10));
    private final EmbeddedChannel channel = new EmbeddedChannel(codec);

    @AfterEach
    void nothingIsLeft() {
        channel.finishAndReleaseAll();
    }

    @Test
    void aRequestWithoutABodyIsOneFrame() {
        channel.writeInbound(section(GET + "|x-b=1|cookie=a=1|x-a=2|x-b=3|cookie=b=2|te=trailers", true));

        assertThat(read())
                .containsExactly(
                        "GET /x?y [x-b=1, cookie=a=1; b=2, x-a=2, x-b=3, te=trailers, Host=a.example]", "end []");
    }

    @Test
    void aSectionThatIsTooLargeIsRefusedWhateverTheCodecTook() {
        channel.writeInbound(section(GET + "|x-large=" + "x".repeat(48 * 1024), true));

        assertThat(channel.<MalformedMessage>readInbound().fault()).isEqualTo(MalformedMessage.Fault.FIELDS_TOO_LARGE);
    }

    @Test
    void aBodyComesInPiecesWithTrailers() {
        channel.writeInbound(section(GET.replace("GET", "POST"), false));
        channel.writeInbound(data("abc", false), data("", false), data("de", false));
        channel.writeInbound(section("x-sum=1", true));

        assertThat(read())
                .containsExactly("POST /x?y [Host=a.example, Transfer-Encoding=chunked]", "abc", "de", "end [x-sum=1]");
    }

    @Test
    void aLengthIsKept() {
        channel.writeInbound(section(GET.replace("GET", "PUT") + "|content-length=3", false));
        channel.writeInbound(data("abc", true));

        assertThat(read()).containsExactly("PUT /x?y [content-length=3, Host=a.example]", "abc", "end []");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "QUERY", "PROPFIND", "REPORT", "X-MADE-UP"})
    void aRequestWithoutABodyOfAMethodThatAnticipatesOneSaysSo(String method) {
        channel.writeInbound(section(GET.replace("GET", method), true));

        assertThat(read()).containsExactly(method + " /x?y [Host=a.example, Content-Length=0]", "end []");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})
    void aRequestOfAMethodThatAnticipatesNoBodySaysNothingOfOne(String method) {
        channel.writeInbound(section(GET.replace("GET", method), true));

        assertThat(read()).containsExactly(method + " /x?y [Host=a.example]", "end []");
    }

    @ParameterizedTest
    @CsvSource({
        "http, a.example, A.Example",
        "http, a.example, a.example:80",
        "http, a.example:80, a.example",
        "http, a.example:, a.example",
        "https, A.EXAMPLE:443, a.example",
        "https, [::A]:443, [::a]",
        "http, a.example:8080, A.example:08080"
    })
    void theAuthorityAndAHostThatIsTheSameOnceItIsNormalizedAgree(String scheme, String authority, String host) {
        channel.writeInbound(
                section(":method=GET|:scheme=" + scheme + "|:authority=" + authority + "|:path=/|host=" + host, true));

        assertThat(read()).containsExactly("GET / [Host=" + authority + "]", "end []");
    }

    @ParameterizedTest
    @CsvSource({
        "https, a.example, a.example:80",
        "http, a.example, a.example:443",
        "http, a.example, a.example:8080",
        "ftp, a.example, a.example:80",
        "http, a.example, b.example",
        "http, a.example, a.example|host=a.example",
        "http, [::1], [::1:80]"
    })
    void anotherHostThanTheAuthorityIsMalformed(String scheme, String authority, String host) {
        channel.writeInbound(
                section(":method=GET|:scheme=" + scheme + "|:authority=" + authority + "|:path=/|host=" + host, true));

        assertThat(read()).containsExactly("SYNTAX");
    }

    @Test
    void theCrumbsOfACookieAreOneField() {
        channel.writeInbound(section(GET + "|cookie=c=1".repeat(500) + "|x=1".repeat(9), true));

        assertThat(read().get(0)).contains("cookie=c=1; c=1; c=1").contains("x=1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ":scheme=http|:path=/",
                ":method=GET|:scheme=http",
                ":method=GET|:path=/",
                ":method=GE T|:scheme=http|:path=/",
                ":method=GET|:scheme=ht tp|:path=/",
                ":method=GET|:scheme=http|:path=",
                ":method=GET|:scheme=http|:path=x",
                ":method=GET|:scheme=http|:path=/x#y",
                ":method=GET|:scheme=http|:path=/ HTTP/1.1",
                ":method=GET|:scheme=http|:path=/\r\nx: y",
                ":method=GET|:scheme=http|:path=/|:path=/y",
                ":method=GET|:scheme=http|:path=/|:status=200",
                ":method=GET|:scheme=http|:path=/|:protocol=websocket",
                GET + "|host=b.example",
                GET + "|x-a=b\nc",
                GET + "|x-a=b\0c",
                GET + "|x-a= b",
                GET + "|X-A=b",
                GET + "|x a=b",
                GET + "|x:a=b",
                GET + "|=b",
                GET + "|connection=close",
                GET + "|keep-alive=1",
                GET + "|proxy-connection=close",
                GET + "|transfer-encoding=chunked",
                GET + "|upgrade=websocket",
                GET + "|te=gzip",
                GET + "|content-length=+1",
                GET + "|content-length=0|content-length=0",
                GET + "|content-length=5"
            })
    void whatWouldMeanSomethingElseInHttp1IsMalformed(String request) {
        channel.writeInbound(section(request, true));
        channel.writeInbound(data("dropped", true));

        assertThat(read()).containsExactly("SYNTAX");
    }

    @Test
    void tooManyFieldsAreRefused() {
        channel.writeInbound(section(GET + "|x=1".repeat(11), true));

        assertThat(read()).containsExactly("TOO_MANY_FIELDS");
    }

    @Test
    void aBodyOfAnotherLengthIsMalformed() {
        channel.writeInbound(section(GET + "|content-length=2", false));
        channel.writeInbound(data("abc", false));
        assertThat(written()).containsExactly("reset 1");
        assertThat(channel.isOpen()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {":path=/evil", "x-a=b\r\n\r\nGET / HTTP/1.1", "transfer-encoding=chunked"})
    void trailersAreCheckedAsWell(String trailers) {
        channel.writeInbound(section(GET, false));
        channel.writeInbound(section(trailers, true));

        assertThat(written()).containsExactly("reset 1");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void anExtendedConnectIsARequestToSwitchProtocols() {
        channel.writeInbound(section(
                ":method=CONNECT|:protocol=websocket|:scheme=https|:authority=a|:path=/chat|sec-websocket-version=13",
                false));
        channel.writeInbound(data("frame", false));

        assertThat(codec.held()).isTrue();
        List<String> read = read();
        assertThat(read.get(0))
                .startsWith("GET /chat [sec-websocket-version=13, Host=a, Connection=Upgrade, Upgrade=websocket, "
                        + "Sec-WebSocket-Key=");
        assertThat(read.get(1)).isEqualTo("frame");

        DefaultHttpResponse switched =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        switched.headers()
                .set("Upgrade", "websocket")
                .set("Connection", "Upgrade")
                .set("Sec-WebSocket-Accept", "x");
        switched.headers().set("Sec-WebSocket-Protocol", "p");
        channel.write(switched, channel.voidPromise());
        channel.writeOutbound(new DefaultHttpContent(bytes("hello")));
        assertThat(written()).containsExactly(":status=200|sec-websocket-protocol=p", "hello");
    }

    @Test
    void anAnswerLosesWhatIsAboutAConnection() {
        DefaultHttpResponse answer = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_FOUND);
        answer.headers().set("X-UPPER", "Ab").set("Connection", "close").set("Transfer-Encoding", "chunked");
        channel.write(answer, channel.voidPromise());
        channel.writeOutbound(new DefaultHttpContent(bytes("abc")), LastHttpContent.EMPTY_LAST_CONTENT);

        assertThat(written()).containsExactly(":status=404|x-upper=Ab", "abc", "|end");
    }

    @Test
    void anAnswerWithoutABodyIsOneFrameAndTrailersAreTheLast() {
        channel.writeOutbound(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.EARLY_HINTS));
        DefaultHttpResponse answer = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        channel.write(answer, channel.voidPromise());
        DefaultLastHttpContent last = new DefaultLastHttpContent(bytes("x"));
        last.trailingHeaders().set("Grpc-Status", "0");
        channel.writeOutbound(last);

        assertThat(written()).containsExactly(":status=103", ":status=200", "x", "grpc-status=0|end");
    }

    @Test
    void aHeadDoesNotWaitForABodyThatTakesItsTime() {
        channel.write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK), channel.voidPromise());
        channel.flush();
        assertThat(written()).containsExactly(":status=200");

        channel.writeOutbound(new DefaultHttpContent(bytes("event")), LastHttpContent.EMPTY_LAST_CONTENT);
        assertThat(written()).containsExactly("event", "|end");
    }

    @Test
    void piecesThatAreWrittenAtOnceAreOneFrame() {
        channel.write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK), channel.voidPromise());
        for (String piece : List.of("a", "b", "c")) {
            channel.write(new DefaultHttpContent(bytes(piece)), channel.voidPromise());
        }
        channel.flush();
        assertThat(written()).containsExactly(":status=200", "abc");

        channel.write(new DefaultHttpContent(bytes("d")), channel.voidPromise());
        channel.write(new DefaultHttpContent(bytes("x".repeat(5000))), channel.voidPromise());
        channel.write(new DefaultHttpContent(bytes("e")), channel.voidPromise());
        channel.writeOutbound(new LastPiece(bytes("f")));
        assertThat(written()).containsExactly("d", "x".repeat(5000), "ef|end");
    }

    @Test
    void smallPiecesWaitTogetherWhileOneIsOnItsWay() {
        Deque<ChannelPromise> onTheirWay = new ArrayDeque<>();
        List<String> frames = new ArrayList<>();
        channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext context, Object frame, ChannelPromise promise) {
                if (frame instanceof Http2DataFrame data) {
                    frames.add(data.content().toString(StandardCharsets.ISO_8859_1));
                    onTheirWay.add(promise);
                }
                ReferenceCountUtil.release(frame);
            }
        });
        channel.write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK), channel.voidPromise());
        for (int i = 0; i < 20_000; i++) {
            channel.write(new DefaultHttpContent(bytes("x")), channel.voidPromise());
            channel.flush();
        }
        assertThat(frames).hasSizeLessThan(5);

        while (!onTheirWay.isEmpty()) {
            onTheirWay.remove().setSuccess();
        }
        assertThat(String.join("", frames)).isEqualTo("x".repeat(20_000));
    }

    @Test
    void headAnswersKeepTheirLengthAndHaveNoBody() {
        codec.answersHead(true);
        DefaultFullHttpResponse answer =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, bytes("abc"));
        answer.headers().set("Content-Length", "3");
        channel.writeOutbound(answer);

        assertThat(written()).containsExactly(":status=200|content-length=3|end");
    }

    @Test
    void theEndSaysHowItCameAbout() {
        channel.writeInbound(section(GET, false));
        read();
        channel.write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK), channel.voidPromise());
        channel.writeOutbound(new DefaultHttpContent(bytes("cut")));
        channel.close();

        assertThat(written()).containsExactly(":status=200", "cut", "reset 2");
    }

    @Test
    void anAnswerBeforeTheEndOfItsRequestAsksForNoMore() {
        channel.writeInbound(section(GET, false));
        read();
        channel.writeOutbound(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
        channel.close();

        assertThat(written()).containsExactly(":status=200|end", "reset 0");
    }

    private static Http2HeadersFrame section(String fields, boolean end) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        for (String field : fields.split("\\|", -1)) {
            int equals = field.indexOf('=');
            headers.add(new AsciiString(field.substring(0, equals)), new AsciiString(field.substring(equals + 1)));
        }
        return new DefaultHttp2HeadersFrame(headers, end);
    }

    private static Http2DataFrame data(String content, boolean end) {
        return new DefaultHttp2DataFrame(bytes(content), end);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    private List<String> read() {
        List<String> seen = new ArrayList<>();
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            if (message instanceof HttpRequest request) {
                seen.add(request.method() + " " + request.uri() + " "
                        + request.headers().entries());
            } else if (message instanceof HttpContent content) {
                if (content.content().isReadable()) {
                    seen.add(content.content().toString(StandardCharsets.ISO_8859_1));
                }
                if (content instanceof LastHttpContent last) {
                    seen.add("end " + last.trailingHeaders().entries());
                }
            } else if (message instanceof MalformedMessage malformed) {
                seen.add(malformed.fault().name());
            }
            ReferenceCountUtil.release(message);
        }
        return seen;
    }

    private List<String> written() {
        List<String> seen = new ArrayList<>();
        for (Object frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
            if (frame instanceof Http2HeadersFrame section) {
                List<String> fields = new ArrayList<>();
                section.headers().forEach(field -> fields.add(field.getKey() + "=" + field.getValue()));
                seen.add(String.join("|", fields) + (section.isEndStream() ? "|end" : ""));
            } else if (frame instanceof Http2DataFrame data) {
                seen.add(data.content().toString(StandardCharsets.ISO_8859_1) + (data.isEndStream() ? "|end" : ""));
            } else if (frame instanceof Http2ResetFrame reset) {
                seen.add("reset " + reset.errorCode());
            } else if (frame instanceof HttpResponse) {
                seen.add("not translated");
            }
            ReferenceCountUtil.release(frame);
        }
        return seen;
    }
}
