package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.pool.Backend;
import dev.goaround.settings.Cidr;
import dev.goaround.testing.Patience;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.upstream.ProxyProtocol;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Backends that are told by the PROXY protocol whose connection they have. */
class ProxyProtocolHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /** What backends have received first on each of their connections. */
    private final BlockingQueue<String> begun = new LinkedBlockingQueue<>();

    @Test
    void eachRequestHasAConnectionThatNamesItsClient() throws Exception {
        try (RawBackend backend = lineThenOk();
                RunningProxy proxy = telling(ProxyProtocol.V1).over(backend.uri());
                RawClient one = new RawClient(proxy.port());
                RawClient other = new RawClient(proxy.port())) {
            for (RawClient client : List.of(one, other, one)) {
                assertThat(client.get("/").body()).isEqualTo("ok");

                assertThat(first())
                        .isEqualTo("PROXY TCP4 127.0.0.1 127.0.0.1 "
                                + client.socket().getLocalPort() + " " + proxy.port() + "\r\n");
            }
            assertThat(backend.heads())
                    .hasSize(3)
                    .allSatisfy(head -> assertThat(head).startsWith("GET / HTTP/1.1"));
            Backend counters = StalledHttpTests.backend(proxy);
            await().until(() -> counters.openConnections().get() == 0);
            assertThat(counters.failures()).isZero();
        }
    }

    @Test
    void whomALoadBalancerInFrontNamesIsPassedOn() throws Exception {
        RunningProxy.Builder with = telling(ProxyProtocol.V1);
        with.proxyProtocol = List.of(Cidr.parse("127.0.0.0/8"));
        try (RawBackend backend = lineThenOk();
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("PROXY TCP6 2001:db8::1 2001:db8::2 1234 443\r\n");
            assertThat(client.get("/").body()).isEqualTo("ok");

            assertThat(first()).isEqualTo("PROXY TCP6 2001:db8:0:0:0:0:0:1 2001:db8:0:0:0:0:0:2 1234 443\r\n");
        }
    }

    @Test
    void aTunnelBeginsWithItToo() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    begun.add(connection.readBytes(28));
                    assertThat(connection.readHead()).startsWith("GET / HTTP/1.1");
                    connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
                    connection.send(connection.readBytes(5));
                });
                RunningProxy proxy = telling(ProxyProtocol.V2).over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
                    .readHead();
            client.send("hello");

            assertThat(client.readBytes(5)).isEqualTo("hello");
            assertThat(first()).startsWith("\r\n\r\n\0\r\nQUIT\n!\u0011\0\u000c\u007f\0\0\u0001");
        }
    }

    @Test
    void itComesBeforeTheHandshakeOfTls() throws Exception {
        RunningProxy.Builder with = telling(ProxyProtocol.V2);
        with.tls = SslContextBuilder.forClient().build();
        try (RawBackend backend = RawBackend.running(connection -> {
                    begun.add(connection.readBytes(28));
                    begun.add(connection.readBytes(3));
                });
                RunningProxy proxy = with.over(
                        URI.create("https://127.0.0.1:" + backend.uri().getPort()));
                RawClient client = new RawClient(proxy.port())) {
            client.get("/");

            assertThat(first()).startsWith("\r\n\r\n\0\r\nQUIT\n!\u0011");
            assertThat(first()).as("a handshake record").startsWith("\u0016\u0003");
        }
    }

    private RawBackend lineThenOk() {
        return RawBackend.running(connection -> {
            begun.add(line(connection));
            while (!connection.readHead().isEmpty()) {
                connection.send(OK);
            }
        });
    }

    private static String line(RawBackend.Connection connection) throws java.io.IOException {
        StringBuilder line = new StringBuilder();
        while (line.indexOf("\r\n") < 0) {
            line.append(connection.readBytes(1));
        }
        return line.toString();
    }

    private String first() throws InterruptedException {
        return Objects.requireNonNull(begun.poll(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS));
    }

    private static RunningProxy.Builder telling(ProxyProtocol version) {
        RunningProxy.Builder with = RunningProxy.with();
        with.toBackends = version;
        return with;
    }
}
