package dev.goaround.proxy;

import dev.goaround.http.ClaimFields;
import dev.goaround.listen.Peer;
import dev.goaround.listen.TrustedProxies;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What the rules for header fields cost with what a browser sends; filling the fields in first is a benchmark too. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeaderRulesBenchmark {

    /** Names and values in turn. */
    private static final String[] BROWSER = {
        "Host", "shop.example:3000",
        "Connection", "keep-alive",
        "Cache-Control", "max-age=0",
        "Upgrade-Insecure-Requests", "1",
        "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0",
        "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "Sec-Fetch-Site", "same-origin",
        "Sec-Fetch-Mode", "navigate",
        "Referer", "http://shop.example:3000/baskets/71",
        "Accept-Encoding", "gzip, deflate, br",
        "Accept-Language", "en-GB,en;q=0.9,de;q=0.8",
        "Cookie", "session=4b1f0c3d9a7e4f21; theme=dark; consent=1",
    };

    private static final String[] ANSWER = {
        "Server", "app/1.0",
        "Date", "Sun, 22 Nov 2026 10:15:00 GMT",
        "Content-Type", "text/html;charset=UTF-8",
        "Content-Length", "1024",
        "Connection", "keep-alive",
        "Cache-Control", "no-cache, no-store, max-age=0, must-revalidate",
        "X-Content-Type-Options", "nosniff",
        "Vary", "Accept-Encoding",
    };

    private static final TrustedProxies NOBODY = new TrustedProxies(List.of());

    private final HeaderRules rules = new HeaderRules(() -> NOBODY, () -> ClaimFields.WELL_KNOWN, () -> true);
    private final Peer client = new Peer(InetAddress.getLoopbackAddress(), "127.0.0.1", 3000, false, null);

    /** What the other two contain as well. */
    @Benchmark
    public HttpHeaders fillOnly() {
        return filled(BROWSER);
    }

    @Benchmark
    public HttpHeaders request() {
        HttpHeaders headers = filled(BROWSER);
        rules.request(
                new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/", headers, false), "1.1", client);
        return headers;
    }

    @Benchmark
    public HttpHeaders response() {
        HttpHeaders headers = filled(ANSWER);
        rules.response(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, headers));
        return headers;
    }

    private static HttpHeaders filled(String[] fields) {
        HttpHeaders headers = new DefaultHttpHeaders();
        for (int i = 0; i < fields.length; i += 2) {
            headers.add(fields[i], fields[i + 1]);
        }
        return headers;
    }
}
