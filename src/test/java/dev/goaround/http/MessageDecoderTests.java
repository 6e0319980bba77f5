package dev.goaround.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes as messages: what is read, and what is refused. Everything is read whole, and once more byte by byte. */
class MessageDecoderTests {

    private static final MessageLimits LIMITS = new MessageLimits(100, 200, 5);

    private final List<EmbeddedChannel> channels = new ArrayList<>();

    @AfterEach
    void nothingIsLeft() {
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    @Test
    void readsARequestByteForByte() {
        assertThat(
                        requests(
                                "GET /a%2F//../b;v=1?x={|}^`\"\\%zz\u00fc HTTP/1.1\r\nhOST:a\r\nX-Y: \t b  c\t\r\nx-y:\r\nX: \u00e9\r\n\r\n"))
                .containsExactly("GET /a%2F//../b;v=1?x={|}^`\"\\%zz\u00fc [hOST=a, X-Y=b  c, x-y=, X=\u00e9]", "end");
    }

    @Test
    void readsBodiesByLengthAndInChunksAndWhatFollowsThem() {
        assertThat(requests("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
                        + "\r\nPUT / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"
                        + "5;a=\"b\" ;c\r\nhello\r\n00000000000000000000A \t;x\r\n0123456789\r\n0\r\nX-Sum: 7\r\nY:\r\n\r\n"
                        + "PATCH / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"
                        + "X!#$%&'*+-.^_`|~9 * HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
                .containsExactly(
                        "POST / [Content-Length=5]",
                        "hello",
                        "end",
                        "PUT / [Transfer-Encoding=Chunked]",
                        "hello0123456789",
                        "end [X-Sum=7, Y=]",
                        "PATCH / [Content-Length=0]",
                        "end",
                        "X!#$%&'*+-.^_`|~9 * [Transfer-Encoding=chunked]",
                        "end");
    }

    @Test
    void readsResponsesAndTheirEnds() {
        assertThat(
                        responses(
                                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                        + "HTTP/1.1 204 \r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
                                        + "HTTP/1.1 299\r\nContent-Length: 0\r\n\r\nHTTP/1.0 599 Caf\u00e9 au lait\r\n\r\nuntil it closes"))
                .containsExactly(
                        "103 Early Hints [Link=</a>]",
                        "200 OK [Content-Length=2]",
                        "ok",
                        "end",
                        "204  []",
                        "end",
                        "304 Not Modified [Content-Length=9]",
                        "end",
                        "299  [Content-Length=0]",
                        "end",
                        "599 Caf\u00e9 au lait []",
                        "until it closes",
                        "end");
    }

    @Test
    void readsNoBodyInAnAnswerToHead() {
        MessageDecoder decoder = MessageDecoder.ofResponses(LIMITS);
        EmbeddedChannel channel = channel(decoder);
        decoder.answersHead(true);
        channel.writeInbound(bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"));

        assertThat(read(channel)).containsExactly("200 OK [Content-Length=9]", "end");
        assertThat(decoder.unfinished()).isFalse();
    }

    @Test
    void readsNoFramingWhereThereIsNoBody() {
        assertThat(responses("HTTP/1.1 304 Not Modified\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 \t\r\nok\r\n0 \r\n\r\n"))
                .containsExactly(
                        "304 Not Modified [Content-Length=1, Transfer-Encoding=chunked]",
                        "end",
                        "200 OK [Transfer-Encoding=chunked]",
                        "ok",
                        "end");
    }

    @Test
    void readsThousandsOfRequestsThatCameAtOnce() {
        EmbeddedChannel channel = channel(MessageDecoder.ofRequests(LIMITS));
        channel.writeInbound(bytes("A / HTTP/1.1\r\n\r\n".repeat(4096)));

        assertThat(read(channel)).hasSize(2 * 4096);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void leavesWhatFollowsAMessageAloneUntilTheNextIsWanted(boolean requests) {
        String message = requests ? "GET / HTTP/1.1\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        MessageDecoder decoder = decoder(requests);
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        channels.add(channel);
        channel.writeInbound(bytes(message.repeat(1000)));
        channel.writeInbound(bytes(message.repeat(1000)));

        assertThat(read(channel)).as("the first").hasSize(2);
        assertThat(decoder.ahead()).isTrue();
        for (int i = 1; i < 2000; i++) {
            decoder.next();
            channel.runPendingTasks();
            assertThat(read(channel)).as("number %s", i).hasSize(2);
        }
        assertThat(decoder.ahead()).isFalse();
        assertThat(decoder.unfinished()).isFalse();
    }

    @Test
    void emptyLinesBehindARequestAreNotAhead() {
        MessageDecoder decoder = decoder(true);
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        channels.add(channel);
        channel.writeInbound(bytes("GET / HTTP/1.1\r\n\r\n\r\n"), bytes("\r\n"));

        assertThat(decoder.ahead()).isFalse();
        read(channel);
    }

    @Test
    void dropsWhatStillComesOnceItIsToldTo() {
        MessageDecoder decoder = decoder(true);
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        channels.add(channel);
        channel.writeInbound(bytes("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"));
        decoder.dropRest();
        channel.writeInbound(bytes("GET / HTTP/1.1\r\n\r\n"));
        decoder.next();
        channel.runPendingTasks();

        assertThat(read(channel)).hasSize(2);
    }

    @Test
    void ignoresEmptyLinesBeforeARequestOnly() {
        assertThat(requests("\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n")).containsExactly("GET / []", "end");
        assertThat(responses("\r\nHTTP/1.1 200 OK\r\n\r\n")).containsExactly("SYNTAX");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\nHost: a\n\n",
                "GET / HTTP/1.1\r\nHost: a\n\r\n",
                "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n",
                "GET /\r HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\r\n\r\n",
                "GET  / HTTP/1.1\r\n\r\n",
                "GET / x HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1 \r\n\r\n",
                "GET /\t HTTP/1.1\r\n\r\n",
                "GET /\u0001 HTTP/1.1\r\n\r\n",
                "GET /\u007f HTTP/1.1\r\n\r\n",
                "GET / http/1.1\r\n\r\n",
                "GET / HTTP/1.10\r\n\r\n",
                "GET / HTTP/01.1\r\n\r\n",
                "GET / HTTP/1\r\n\r\n",
                "GET /\r\n\r\n",
                "GET\r\n\r\n",
                "GE(T / HTTP/1.1\r\n\r\n",
                "G\u00c4T / HTTP/1.1\r\n\r\n",
                " GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
                "GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
                "GET / HTTP/1.1\r\nX : a\r\n\r\n",
                "GET / HTTP/1.1\r\nX\r\n\r\n",
                "GET / HTTP/1.1\r\n: a\r\n\r\n",
                "GET / HTTP/1.1\r\nX(: a\r\n\r\n",
                "GET / HTTP/1.1\r\nX\u00e4: a\r\n\r\n",
                "GET / HTTP/1.1\r\nX\u0000: a\r\n\r\n",
                "GET / HTTP/1.1\r\nX: a\u0000\r\n\r\n",
                "GET / HTTP/1.1\r\nX: a\u000bb\r\n\r\n",
                "GET / HTTP/1.1\r\nX: a\u007f\r\n\r\n",
                "GET / HTTP/1.1\r\nContent-Length: +5\r\n\r\nhello",
                "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                "GET / HTTP/1.1\r\nContent-Length:\r\n\r\n",
                "GET / HTTP/1.1\r\nContent-Length: 5,5\r\n\r\nhello",
                "GET / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\nhello",
                "GET / HTTP/1.1\r\nContent-Length: \u0665\r\n\r\nhello",
                "GET / HTTP/1.1\r\nContent-Length: 9999999999999999999\r\n\r\n",
                "GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
                "GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n",
                "GET / HTTP/1.1\r\nTransfer-Encoding:\r\n\r\n",
                "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            })
    void refusesARequestThatIsMalformed(String request) {
        assertThat(requests(request)).containsExactly("SYNTAX");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5\nhello\r\n",
                " 5\r\nhello\r\n",
                "5 \r\nhello\r\n",
                "5 x\r\nhello\r\n",
                "+5\r\nhello\r\n",
                "-0\r\n\r\n",
                "0x5\r\nhello\r\n",
                "\r\nhello\r\n",
                "g\r\n",
                "1000000000000000\r\n",
                "5;a\rb\r\nhello\r\n",
                "5;a\u0000\r\nhello\r\n",
                "5;a\nb\r\n",
                "\uff15\r\nhello\r\n"
            })
    void refusesAChunkSizeThatIsMalformed(String chunk) {
        assertThat(requests("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk))
                .containsExactly("POST / [Transfer-Encoding=chunked]", "SYNTAX");
    }

    @ParameterizedTest
    @ValueSource(strings = {"helloX\r\n0\r\n\r\n", "hello\n\r\n0\r\n\r\n", "hello0\r\n\r\n"})
    void refusesAChunkThatIsLongerThanItsSize(String chunk) {
        assertThat(requests("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + chunk))
                .containsExactly("POST / [Transfer-Encoding=chunked]", "hello", "SYNTAX");
    }

    @ParameterizedTest
    @ValueSource(strings = {"X: a\n\n", "X : a\r\n\r\n", "\n", " X: a\r\n\r\n", "X: a\u0000\r\n\r\n"})
    void refusesTrailersThatAreMalformed(String trailers) {
        assertThat(requests("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + trailers))
                .containsExactly("POST / [Transfer-Encoding=chunked]", "SYNTAX");
    }

    @Test
    void refusesExtensionsThatAreLongOneByOneOrTogether() {
        String post = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

        assertThat(requests(post + "1;" + "a".repeat(2000) + "\r\n")).last().isEqualTo("SYNTAX");
        assertThat(requests(post + ("1;" + "a".repeat(900) + "\r\nx\r\n").repeat(30) + "0\r\n\r\n"))
                .last()
                .isEqualTo("SYNTAX");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
                "HTTP/1.1  200 OK\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 099 OK\r\n\r\n",
                "HTTP/1.1 099 OK\r\n\r\n",
                "HTTP/1.1 2x0 OK\r\n\r\n",
                "HTTP/1.1 200 O\u0000K\r\n\r\n",
                "HTTP/1.1\r\n\r\n",
                "hello\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 304 Not Modified\r\nContent-Length: abc\r\n\r\n",
            })
    void refusesAResponseThatIsMalformed(String response) {
        assertThat(responses(response)).containsExactly("SYNTAX");
    }

    @Test
    void saysWhichLimitIsExceeded() {
        assertThat(requests("GET /" + "a".repeat(86) + " HTTP/1.1\r\n\r\n")).hasSize(2);
        assertThat(requests("GET /" + "a".repeat(87) + " HTTP/1.1\r\n\r\n")).containsExactly("LINE_TOO_LONG");
        assertThat(requests("GET /" + "a".repeat(1000))).containsExactly("LINE_TOO_LONG");
        assertThat(requests("GET / HTTP/1.1\r\nX: " + "a".repeat(193) + "\r\n\r\n"))
                .hasSize(2);
        assertThat(requests("GET / HTTP/1.1\r\nX: " + "a".repeat(194) + "\r\n\r\n"))
                .containsExactly("FIELDS_TOO_LARGE");
        assertThat(requests("GET / HTTP/1.1\r\nX: " + "a".repeat(1000))).containsExactly("FIELDS_TOO_LARGE");
        assertThat(requests("GET / HTTP/1.1\r\nHost: a\r\n" + "X: a\r\n".repeat(5) + "\r\n"))
                .hasSize(2);
        assertThat(requests("GET / HTTP/1.1\r\nHost: a\r\n" + "X: a\r\n".repeat(6) + "\r\n"))
                .containsExactly("TOO_MANY_FIELDS");
        assertThat(requests("GET / HTTP/2.0\r\n\r\n")).containsExactly("VERSION");
        assertThat(requests("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + "a".repeat(1000)))
                .last()
                .isEqualTo("FIELDS_TOO_LARGE");
    }

    @Test
    void looksAtNothingAfterAFault() {
        assertThat(requests("GET / HTTP/1.1\r\nX : a\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"))
                .containsExactly("SYNTAX");
    }

    @Test
    void knowsWhetherAMessageHasArrivedInPart() {
        MessageDecoder decoder = MessageDecoder.ofRequests(LIMITS);
        EmbeddedChannel channel = channel(decoder);
        assertThat(decoder.unfinished()).isFalse();
        for (String part : List.of("G", "ET / HTTP/1.1\r\n", "Content-Length: 2\r\n\r\n", "o")) {
            channel.writeInbound(bytes(part));
            assertThat(decoder.unfinished()).as(part).isTrue();
        }
        channel.writeInbound(bytes("k\r\n"));
        assertThat(decoder.unfinished()).isFalse();
        read(channel);
    }

    @Test
    void doesNotTakeAnInterruptedBodyForWhole() {
        EmbeddedChannel channel = channel(MessageDecoder.ofResponses(LIMITS));
        channel.writeInbound(bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart"));
        channel.close();

        assertThat(read(channel)).containsExactly("200 OK [Content-Length=9]", "part");
    }

    private List<String> requests(String bytes) {
        return both(bytes, true);
    }

    private List<String> responses(String bytes) {
        return both(bytes, false);
    }

    private List<String> both(String bytes, boolean requests) {
        EmbeddedChannel whole = channel(decoder(requests));
        whole.writeInbound(bytes(bytes));
        EmbeddedChannel trickle = channel(decoder(requests));
        for (int i = 0; i < bytes.length(); i++) {
            trickle.writeInbound(bytes(bytes.substring(i, i + 1)));
        }
        whole.close();
        trickle.close();
        List<String> read = read(whole);
        assertThat(read(trickle)).as("byte by byte").isEqualTo(read);
        return read;
    }

    private static MessageDecoder decoder(boolean requests) {
        return requests ? MessageDecoder.ofRequests(LIMITS) : MessageDecoder.ofResponses(LIMITS);
    }

    /** A channel whose decoder goes on after each message, as soon as that is over. */
    private static final String OF_OLD =
            "HTTP/1.1 200 OK\n dropped\nX-A : 1\r\nX-B: 2\n  3\r\n\t4\nX-C\t:5\nContent-Length :2\n\nok"
                    + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-D : 6\n\n"
                    + "HTTP/1.1 204 No Content\r\nX-E: 7\r\n\n";

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 10_000})
    void repairsWhatOldServersWriteIfToldTo(int piece) {
        EmbeddedChannel channel = channel(MessageDecoder.ofResponses(LIMITS, true));
        List<String> seen = new ArrayList<>();
        for (int from = 0; from < OF_OLD.length(); from += piece) {
            channel.writeInbound(bytes(OF_OLD.substring(from, Math.min(OF_OLD.length(), from + piece))));
            seen.addAll(read(channel));
        }

        assertThat(String.join("|", seen).replace("o|k", "ok"))
                .isEqualTo("200 OK [X-A=1, X-B=2 3 4, X-C=5, Content-Length=2]|ok|end|"
                        + "200 OK [Transfer-Encoding=chunked]|ok|end [X-D=6]|204 No Content [X-E=7]|end");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\nX A : 1\n\n",
                "HTTP/1.1 200 OK\n: 1\n\n",
                "HTTP/1.1 200 OK\nX-A: 1\rX-B: 2\n\n",
                "HTTP/1.1 200 OK\nX-A: \0\n\n",
                "HTTP/1.1 200 OK\nX-A\n\n",
                "\nHTTP/1.1 200 OK\n\n",
                "HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length : 2\n\n",
                "HTTP/1.1 200 OK\nTransfer-Encoding : chunked\nContent-Length : 2\n\n",
                "HTTP/1.1 200 OK\nContent-Length: 1\n 2\n\n"
            })
    void whatHasTwoMeaningsIsNotRepaired(String response) {
        EmbeddedChannel channel = channel(MessageDecoder.ofResponses(LIMITS, true));
        channel.writeInbound(bytes(response));

        assertThat(channel.<Object>readInbound()).isInstanceOf(MalformedMessage.class);
    }

    @ParameterizedTest
    @CsvSource({
        "'HTTP/1.1 200 OK\\r\\nX-Ab: 1\\n\\r\\n', 'a line does not end in CRLF (field X-Ab, byte 24)'",
        "'HTTP/1.1 200 OK\\n\\r\\n', 'a line does not end in CRLF (byte 15)'",
        "'HTTP/1.1 200 OK\\r\\nX-Ab : 1\\r\\n\\r\\n', 'a field name is malformed (field X-Ab, byte 21)'",
        "'HTTP/1.1 200 OK\\r\\nX-Ab: 1\\r\\n 2\\r\\n\\r\\n', 'a field name is malformed (byte 26)'"
    })
    void whatIsWrongInAResponseIsToldWithItsPlace(String response, String detail) {
        EmbeddedChannel channel = channel(MessageDecoder.ofResponses(LIMITS));
        channel.writeInbound(bytes(response.replace("\\r", "\r").replace("\\n", "\n")));

        assertThat(channel.<MalformedMessage>readInbound().detail()).isEqualTo(detail);
    }

    @Test
    void whatIsWrongInARequestIsToldWithout() {
        EmbeddedChannel channel = channel(MessageDecoder.ofRequests(LIMITS));
        channel.writeInbound(bytes("GET / HTTP/1.1\r\nX-A : 1\r\n\r\n"));

        assertThat(channel.<MalformedMessage>readInbound().detail()).isEqualTo("a field name is malformed");
    }

    private EmbeddedChannel channel(MessageDecoder decoder) {
        EmbeddedChannel channel = new EmbeddedChannel(decoder, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                context.fireChannelRead(message);
                if (message instanceof LastHttpContent) {
                    decoder.next();
                }
            }
        });
        channels.add(channel);
        return channel;
    }

    private static io.netty.buffer.ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    /** What was read, with the pieces of each body joined. */
    private static List<String> read(EmbeddedChannel channel) {
        List<String> read = new ArrayList<>();
        StringBuilder body = new StringBuilder();
        Object message;
        while ((message = channel.readInbound()) != null) {
            if (message instanceof HttpContent content) {
                body.append(content.content().toString(StandardCharsets.ISO_8859_1));
                content.release();
            }
            if (!body.isEmpty()
                    && (message instanceof LastHttpContent
                            || channel.inboundMessages().isEmpty()
                            || !(channel.inboundMessages().peek() instanceof HttpContent))) {
                read.add(body.toString());
                body.setLength(0);
            }
            if (message instanceof LastHttpContent last) {
                read.add(
                        last.trailingHeaders().isEmpty()
                                ? "end"
                                : "end " + fields(last.trailingHeaders().entries()));
            } else if (message instanceof MalformedMessage malformed) {
                read.add(malformed.fault().name());
            } else if (message instanceof HttpRequest request) {
                read.add(request.method() + " " + request.uri() + " " + fields(request));
            } else if (message instanceof HttpResponse response) {
                read.add(response.status().code() + " " + response.status().reasonPhrase() + " " + fields(response));
            }
        }
        return read;
    }

    private static String fields(HttpMessage message) {
        return fields(message.headers().entries());
    }

    private static String fields(List<Map.Entry<String, String>> entries) {
        return entries.stream()
                .map(field -> field.getKey() + "=" + field.getValue())
                .toList()
                .toString();
    }
}
