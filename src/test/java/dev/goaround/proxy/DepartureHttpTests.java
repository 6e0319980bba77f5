package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.testing.Pools;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What becomes of requests and connections of backends that leave the pool. */
class DepartureHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String CHUNKS = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n";
    private static final String SWITCH =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    @Test
    void closesIdleConnectionsAtOnceAndForgetsTheBackend() throws Exception {
        try (RawBackend one = RawBackend.answering(OK);
                RawBackend two = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(one.uri(), two.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(List.of(client.get("/").status(), client.get("/").status()))
                    .containsExactly(200, 200);
            Backend left = Pools.backends(proxy.pool()).get(0);
            Backend stays = Pools.backends(proxy.pool()).get(1);
            await().until(() ->
                    left.idleConnections().get() == 1 && stays.idleConnections().get() == 1);

            proxy.pool().replace(List.of(spec(two.uri())));

            await().until(() ->
                    left.openConnections().get() == 0 && left.idleConnections().get() == 0);
            assertThat(stays.openConnections()).hasValue(1);
            awaitGone(proxy, left);
            assertThat(proxy.pool().snapshot().leaving()).isEmpty();
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(two.heads()).hasSize(2);
        }
    }

    @Test
    void letsAnAnswerEndThatRunsAndKeepsNoConnectionAfterIt() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        try (RawBackend one = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(CHUNKS);
                    left.await();
                    connection.send("3\r\ntwo\r\n0\r\n\r\n");
                    connection.drain();
                });
                RawBackend two = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(one.uri());
                RawClient streaming = new RawClient(proxy.port());
                RawClient other = new RawClient(proxy.port())) {
            streaming.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            streaming.readHead();
            Backend leaver = Pools.backends(proxy.pool()).get(0);
            replace(proxy, two);

            assertThat(other.get("/").body()).isEqualTo("ok");
            proxy.seeOff();
            assertThat(leaver.gone()).isFalse();
            left.countDown();
            assertThat(streaming.readBytes(21)).isEqualTo("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
            await().until(() -> leaver.openConnections().get() == 0);
            awaitGone(proxy, leaver);
        }
    }

    @Test
    void neverCutsWhatTheChangeIsNotAbout() throws Exception {
        try (RawBackend one = echo();
                RawBackend two = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(one.uri());
                RawClient tunnel = new RawClient(proxy.port())) {
            open(tunnel);
            for (int i = 0; i < 3; i++) {
                proxy.pool().replace(List.of(spec(one.uri()), spec(two.uri())));
                proxy.pool().replace(List.of(new BackendSpec(one.uri(), 2 + i, 100, false)));
                proxy.seeOff();
                tunnel.send("abc");
                assertThat(tunnel.readBytes(3)).isEqualTo("abc");
            }
        }
    }

    @Test
    void cutsWhatTakesLongerThanTheDrainTimeout() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.drainTimeout = Duration.ofMillis(1);
        try (RawBackend one = RawBackend.running(connection -> {
                    String head = connection.readHead();
                    if (head.startsWith("GET /tunnel")) {
                        connection.send(SWITCH);
                    } else if (head.startsWith("GET /stream")) {
                        connection.send(CHUNKS);
                    }
                    connection.drain();
                });
                RawBackend two = RawBackend.answering(OK);
                RunningProxy proxy = with.over(one.uri());
                RawClient tunnel = new RawClient(proxy.port());
                RawClient stream = new RawClient(proxy.port());
                RawClient get = new RawClient(proxy.port());
                RawClient post = new RawClient(proxy.port())) {
            tunnel.send("GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            tunnel.readHead();
            stream.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
            stream.readHead();
            get.send("GET /waits HTTP/1.1\r\nHost: a\r\n\r\n");
            post.send("POST /waits HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
            await().until(() -> one.heads().size() == 4);
            Backend leaver = Pools.backends(proxy.pool()).get(0);
            replace(proxy, two);

            awaitGone(proxy, leaver);
            assertThat(stream.readBytes(8)).isEqualTo("3\r\none\r\n");
            assertThat(stream.closedByServer()).isTrue();
            assertThat(tunnel.readBytes(100)).isEqualTo("\u0088\2\3\u00f4");
            // Whatever may be repeated is.
            assertThat(get.read().body()).isEqualTo("ok");
            assertThat(post.read().status()).isEqualTo(502);
            await().until(() -> leaver.openConnections().get() == 0 && leaver.inFlight() == 0);
        }
    }

    @Test
    void keepsConnectionsAgainOfABackendThatComesBack() throws Exception {
        try (RawBackend one = RawBackend.answering(OK);
                RawBackend two = echo();
                RunningProxy proxy = RunningProxy.over(two.uri(), one.uri());
                RawClient tunnel = new RawClient(proxy.port());
                RawClient client = new RawClient(proxy.port())) {
            open(tunnel);
            Backend back = Pools.backends(proxy.pool()).get(0);
            proxy.pool().replace(List.of(spec(one.uri())));
            proxy.seeOff();
            proxy.pool().replace(List.of(spec(two.uri()), spec(one.uri())));
            proxy.seeOff();

            assertThat(Pools.backends(proxy.pool()).get(0)).isSameAs(back);
            tunnel.send("abc");
            assertThat(tunnel.readBytes(3)).isEqualTo("abc");
            proxy.pool().report(Pools.backends(proxy.pool()).get(1), Health.DEGRADED, "test");
            assertThat(client.get("/").status()).isEqualTo(200);
            await().until(() -> back.idleConnections().get() == 1);
        }
    }

    /** Switches if asked to and sends back what it gets; answers otherwise. */
    private static RawBackend echo() {
        return RawBackend.running(connection -> {
            String head = connection.readHead();
            while (head.startsWith("GET / ")) {
                connection.send(OK);
                head = connection.readHead();
            }
            connection.send(SWITCH);
            for (String read = connection.readBytes(3); !read.isEmpty(); read = connection.readBytes(3)) {
                connection.send(read);
            }
        });
    }

    private static void awaitGone(RunningProxy proxy, Backend leaver) {
        await().until(() -> {
            proxy.seeOff();
            return leaver.gone();
        });
    }

    private static void open(RawClient tunnel) throws Exception {
        tunnel.send("GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        assertThat(tunnel.readHead()).startsWith("HTTP/1.1 101");
    }

    private static void replace(RunningProxy proxy, RawBackend by) {
        proxy.pool().replace(List.of(spec(by.uri())));
        proxy.pool().report(Pools.backends(proxy.pool()).get(0), Health.HEALTHY, "test");
    }

    private static BackendSpec spec(URI uri) {
        return Pools.spec(uri.toString());
    }
}
