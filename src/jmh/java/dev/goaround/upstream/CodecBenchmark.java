package dev.goaround.upstream;

import dev.goaround.http.MessageDecoder;
import dev.goaround.http.MessageEncoder;
import dev.goaround.http.MessageLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What it costs to write a request and to parse an answer of 1 KiB, in a pipeline without a socket. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {

    private static final String ANSWER = "HTTP/1.1 200 OK\r\nServer: app/1.0\r\nDate: Sun, 22 Nov 2026 10:15:00 GMT\r\n"
            + "Content-Type: text/html;charset=UTF-8\r\nContent-Length: 1024\r\nVary: Accept-Encoding\r\n"
            + "Cache-Control: no-cache, no-store, max-age=0, must-revalidate\r\nX-Content-Type-Options: nosniff\r\n\r\n";

    private final EmbeddedChannel requests = new EmbeddedChannel(new MessageEncoder());
    private final MessageDecoder decoder = MessageDecoder.ofResponses(new MessageLimits(16 * 1024, 64 * 1024, 1000));
    private final EmbeddedChannel answers = new EmbeddedChannel(decoder);
    private final HttpHeaders fields = new DefaultHttpHeaders();
    private final ByteBuf answer =
            Unpooled.directBuffer().writeBytes((ANSWER + "x".repeat(1024)).getBytes(StandardCharsets.ISO_8859_1));

    @Setup
    public void fill() {
        fields.add("Host", "shop.example:3000").add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        fields.add("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)");
        fields.add("Accept-Encoding", "gzip, deflate, br").add("Accept-Language", "en-GB,en;q=0.9,de;q=0.8");
        fields.add("Cookie", "session=4b1f0c3d9a7e4f21; theme=dark; consent=1");
        fields.add("X-Forwarded-For", "127.0.0.1").add("X-Forwarded-Proto", "http");
        fields.add("X-Forwarded-Host", "shop.example:3000").add("X-Forwarded-Port", "3000");
        fields.add("Forwarded", "for=127.0.0.1;host=\"shop.example:3000\";proto=http");
        fields.add("Via", "1.1 goaround");
    }

    @TearDown
    public void close() {
        requests.finishAndReleaseAll();
        answers.finishAndReleaseAll();
        answer.release();
    }

    @Benchmark
    public int writeRequest() {
        requests.writeOutbound(new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.GET,
                "/baskets/71?page=2",
                Unpooled.EMPTY_BUFFER,
                fields,
                EmptyHttpHeaders.INSTANCE));
        int written = 0;
        Object piece;
        while ((piece = requests.readOutbound()) != null) {
            written += ((ByteBuf) piece).readableBytes();
            ReferenceCountUtil.release(piece);
        }
        return written;
    }

    @Benchmark
    public int parseAnswer() {
        decoder.answersHead(false);
        answers.writeInbound(answer.retainedDuplicate());
        int parts = 0;
        Object part;
        while ((part = answers.readInbound()) != null) {
            ReferenceCountUtil.release(part);
            parts++;
        }
        return parts;
    }
}
