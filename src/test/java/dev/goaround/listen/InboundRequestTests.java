package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InboundRequestTests {

    private static final Followed NOT_FOLLOWED = new Followed() {
        @Override
        public String id() {
            return "";
        }

        @Override
        public IntSupplier precedence() {
            return () -> 0;
        }

        @Override
        public ServedRequest.@Nullable Cut cut() {
            return null;
        }

        @Override
        public void mark(HttpHeaders headers) {
            // Nobody asks.
        }
    };

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/a/b?c=%2F&d | http://a_b:1/a/b?c=%2F&d",
                "/%zz         | http://a_b:1/%25zz",
                "/a{b}?q={x}  | http://a_b:1/a%7Bb%7D?q=%7Bx%7D",
                "/caf\u00c3\u00a9 | http://a_b:1/caf%C3%A9",
                "/a#b         | http://a_b:1/a%23b",
                "*            | http://a_b:1/*",
                "http://c/d?e | http://a_b:1/d?e",
                "HTTPS://c    | http://a_b:1/",
                "http:/c      | http://a_b:1/http:/c",
            })
    void springSeesAUrlForEveryTargetThatPasses(String target, String url) {
        DefaultHttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target);
        head.headers().set("Host", "a_b:1");
        Peer peer = new Peer(InetAddress.getLoopbackAddress(), "127.0.0.1", 80, false, null);

        assertThat(new InboundRequest(NOT_FOLLOWED, new EmbeddedChannel(), "1.1", head, null, null, peer).getURI())
                .hasToString(url);
    }

    @ParameterizedTest
    @CsvSource({"a[b", "%", "[::1", "a%", "[x]", ":", "a:b:c"})
    void aHostThatIsNoneDoesNotHideThePath(String host) {
        DefaultHttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/a?b");
        head.headers().set("Host", host);
        Peer peer = new Peer(InetAddress.getLoopbackAddress(), "127.0.0.1", 80, false, null);
        InboundRequest request = new InboundRequest(NOT_FOLLOWED, new EmbeddedChannel(), "1.1", head, null, null, peer);

        assertThat(request.getPath().value()).isEqualTo("/a");
        assertThat(request.getURI().getRawQuery()).isEqualTo("b");
        assertThat(request.head().headers().get("Host")).isEqualTo(host);
    }
}
