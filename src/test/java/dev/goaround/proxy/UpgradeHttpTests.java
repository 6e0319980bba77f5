package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.pool.Backend;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that switch to another protocol: bytes pass as they are, both ways, until one end has had enough. */
class UpgradeHttpTests {

    private static final String ASK =
            "GET /chat?a=b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
                    + "X_Real_IP: 6.6.6.6\r\nSec-WebSocket-Key: k\r\n\r\n";
    private static final String SWITCH =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s\r\n\r\n";
    private static final String TCP = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    private static final int LARGE = 20_000_000;
    private static final int PIECE = 10_000;

    @Test
    void bytesPassBothWaysAfterTheSwitch() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH + "hello\r\n\0");
                    connection.send(connection.readBytes(5)).send(connection.readBytes(3));
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK);

            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
                    .contains(
                            "\r\nUpgrade: websocket\r\n",
                            "\r\nConnection: Upgrade\r\n",
                            "\r\nSec-WebSocket-Accept: s\r\n")
                    .doesNotContain("Date", "close");
            assertThat(client.readBytes(8)).isEqualTo("hello\r\n\0");
            client.send("\u0081\u0085abc");
            assertThat(client.readBytes(5)).isEqualTo("\u0081\u0085abc");
            client.send("xyz");
            assertThat(client.readBytes(3)).isEqualTo("xyz");
            assertThat(backend.heads())
                    .singleElement()
                    .asString()
                    .startsWith("GET /chat?a=b HTTP/1.1\r\n")
                    .contains(
                            "\r\nUpgrade: WebSocket\r\n", "\r\nConnection: Upgrade\r\n", "\r\nSec-WebSocket-Key: k\r\n")
                    .doesNotContain("6.6.6.6");
            Backend counters = StalledHttpTests.backend(proxy);
            assertThat(counters.inFlight()).isEqualTo(1);

            client.leave();
            await().until(() -> counters.inFlight() == 0
                    && counters.openConnections().get() == 0
                    && counters.tunnels().get() == 0);
        }
    }

    @Test
    void whatAClientSendsTooSoonWaitsForTheSwitch() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH).send(connection.readBytes(5));
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK + "early");

            client.readHead();
            assertThat(client.readBytes(5)).isEqualTo("early");
        }
    }

    @Test
    void aRequestBeforeTheOneThatSwitchesIsAnOrdinaryOne() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    if (connection.readHead().startsWith("POST /x ")) {
                        String body = connection.readBytes(3);
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n" + body);
                    } else {
                        connection.send(SWITCH).send(connection.readBytes(5));
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + ASK + "early");

            assertThat(client.read().body()).isEqualTo("abc");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.readBytes(5)).isEqualTo("early");
        }
    }

    @Test
    void tooMuchTooSoonIsRefused() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> connection.drain());
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK + "x".repeat(40_000));

            assertThat(client.read().status()).isEqualTo(400);
        }
    }

    @Test
    void aRefusalPassesAndTheConnectionGoesOn() throws Exception {
        try (RawBackend backend = RawBackend.answering(
                        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK);
            RawClient.Response refusal = client.read();
            assertThat(refusal.status()).isEqualTo(401);
            assertThat(refusal.body()).isEqualTo("no");
            assertThat(refusal.head()).doesNotContain("close");

            assertThat(client.get("/next").status()).isEqualTo(401);
            client.send(ASK + "GET /pipelined HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(401);
            assertThat(client.read().status()).isEqualTo(401);
            assertThat(backend.heads()).hasSize(4);
            assertThat(backend.connections()).isEqualTo(1);
        }
    }

    @Test
    void withoutABackendTheAnswerIs503AndTheConnectionGoesOn() throws Exception {
        try (RunningProxy proxy = RunningProxy.over(FailureHttpTests.nobody());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK);
            assertThat(client.read().status()).isEqualTo(503);
            assertThat(client.get("/").status()).isEqualTo(503);
        }
    }

    @Test
    void theNextBackendIsAskedIfOneIsGone() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH).send(connection.readBytes(1));
                });
                RunningProxy proxy = RunningProxy.over(FailureHttpTests.nobody(), backend.uri())) {
            for (int i = 0; i < 2; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    client.send(ASK + "x");
                    assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
                    assertThat(client.readBytes(1)).isEqualTo("x");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
                "GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: web socket;x\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\nx"
            })
    void whatIsNoProperRequestToSwitchPassesAsAnOrdinaryOne(String request) throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    String head = connection.readHead();
                    connection.readBytes(head.contains("Length") ? 1 : 0);
                    connection.send(SWITCH);
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(request);

            assertThat(client.read().status()).isEqualTo(502);
            assertThat(backend.heads()).singleElement().asString().doesNotContain("pgrade", "TTP2");
        }
    }

    @Test
    void h2cIsTakenOutOfAList() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 101 Whatever\r\nUpgrade: foo/2\r\nConnection: upgrade\r\n\r\nok");
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(
                    "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: H2C, foo/2\r\nContent-Length: 0\r\n\r\n");

            assertThat(client.readHead()).startsWith("HTTP/1.1 101 Whatever\r\n");
            assertThat(client.readBytes(2)).isEqualTo("ok");
            assertThat(backend.heads()).singleElement().asString().contains("\r\nUpgrade: foo/2\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Content-Length: 9 | {\"Tty\":1}",
                "Transfer-Encoding: chunked | 2\\r\\nab\\r\\n0\\r\\n\\r\\n",
                "Content-Length: 00 |"
            })
    void aRequestWithABodySwitchesAfterIt(String framing, @Nullable String body) throws Exception {
        String sent = body == null ? "" : body.replace("\\r\\n", "\r\n");
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    String read = connection.readBytes(sent.length());
                    connection.send(TCP).send(read).send(connection.readBytes(7));
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST /exec/1/start HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n" + framing
                    + "\r\n\r\n" + sent + "ear");

            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 101 UPGRADED\r\n")
                    .contains("\r\nUpgrade: tcp\r\n");
            assertThat(client.readBytes(sent.length())).isEqualTo(sent);
            client.send("ly\r\n");
            assertThat(client.readBytes(7)).isEqualTo("early\r\n");
            assertThat(client.closedByServer()).isTrue();
            assertThat(backend.heads())
                    .singleElement()
                    .asString()
                    .contains("\r\nUpgrade: tcp\r\n", "\r\nConnection: Upgrade\r\n", "\r\n" + framing + "\r\n");
        }
    }

    @Test
    void aSwitchBeforeTheEndOfTheRequestWaitsForIt() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(TCP + "hello");
                    connection.send(connection.readBytes(5)).send(connection.readBytes(3));
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(
                    "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 5\r\n\r\nab");
            await().until(() -> StalledHttpTests.backend(proxy).bytesReceived().sum() == 5);
            client.send("cdexyz");

            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.readBytes(13)).isEqualTo("helloabcdexyz");
        }
    }

    @Test
    void aBackendThatEndsAfterASwitchThatCameTooSoonHasFailed() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(TCP + "hello");
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(
                    "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 5\r\n\r\nab");

            assertThat(client.read().status()).isEqualTo(502);
        }
    }

    @Test
    void aRefusalOfARequestWithABodyPassesAndTheConnectionGoesOn() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    while (connection.readHead().startsWith("POST ")) {
                        connection.readBytes(2);
                        connection.send("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            String post =
                    "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\nab";
            client.send(post + post + "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

            assertThat(client.read().body()).isEqualTo("no");
            assertThat(client.read().body()).isEqualTo("no");
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 0",
                "Content-Length: 17",
                "Transfer-Encoding: chunked",
                "Content-Length: 3\r\nContent-Length: x\r\nTransfer-Encoding: gzip, chunked"
            })
    void aSwitchHasNoFieldsThatWouldFrameABody(String framing) throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH.replace("Upgrade: w", framing + "\r\nUpgrade: w"));
                    connection.send(connection.readBytes(5));
                });
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            for (int i = 0; i < 6; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    client.send(ASK);

                    assertThat(client.readHead())
                            .startsWith("HTTP/1.1 101 ")
                            .contains("\r\nUpgrade: websocket\r\n")
                            .doesNotContain("Content-Length", "Transfer-Encoding");
                    client.send("hello");
                    assertThat(client.readBytes(5)).isEqualTo("hello");
                }
            }
            assertThat(StalledHttpTests.backend(proxy).failures()).isZero();
            assertThat(proxy.pool().snapshot().members()).allMatch(member -> member.healthy());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Connection: Upgrade\r\nUpgrade: foo/2, HTTP/3.0", "Upgrade: foo/2\r\nUpgrade: HTTP/3.0"})
    void aDemandToSwitchKeepsWhatItDemands(String fields) throws Exception {
        String demand = "HTTP/1.1 426 Upgrade Required\r\n" + fields + "\r\nContent-Length: 2\r\n\r\nno";
        try (RawBackend backend = RawBackend.answering(demand);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            RawClient.Response passed = client.get("/");
            assertThat(passed.status()).isEqualTo(426);
            assertThat(passed.values("Upgrade")).containsExactly("foo/2, HTTP/3.0");
            assertThat(passed.values("Connection")).containsExactly("Upgrade");

            RawClient.Response last = client.get("/", "Connection: close");
            assertThat(last.values("Upgrade")).containsExactly("foo/2, HTTP/3.0");
            assertThat(last.values("Connection")).containsExactly("Upgrade, close");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Upgrade: h2c\r\nConnection: Upgrade",
                "Connection: Upgrade",
                "Upgrade: websocket, mqtt\r\nConnection: Upgrade"
            })
    void aSwitchToWhatWasNotAskedForIsABadAnswer(String fields) throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 101 Switching\r\n" + fields + "\r\n\r\n");
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK);

            assertThat(client.read().status()).isEqualTo(502);
        }
    }

    @Test
    void aClientThatEndsItsDirectionStillGetsTheOther() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH);
                    connection.send("got " + connection.drain());
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK).readHead();
            client.send("12345");
            client.socket().shutdownOutput();

            assertThat(client.readBytes(5)).isEqualTo("got 5");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void aBackendThatEndsOrBreaksOffIsSeenToDoSo() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    String head = connection.readHead();
                    connection.send(SWITCH + "bye");
                    if (head.startsWith("GET /reset")) {
                        connection.readBytes(1);
                        connection.reset();
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port());
                RawClient other = new RawClient(proxy.port())) {
            client.send(ASK).readHead();
            assertThat(new String(client.in().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .isEqualTo("bye");

            other.send(ASK.replace("/chat", "/reset")).readHead();
            assertThat(other.readBytes(3)).isEqualTo("bye");
            other.send("x");
            assertThat(other.closedByServer()).isTrue();
            assertThat(StalledHttpTests.backend(proxy).failures()).isZero();
        }
    }

    @Test
    void aClientThatBreaksOffIsSeenToDoSo() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH);
                    connection.drain();
                    ended.countDown();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK).readHead();
            client.reset();

            await().until(() -> ended.getCount() == 0);
            await().until(() -> StalledHttpTests.backend(proxy).inFlight() == 0);
        }
    }

    /** After a stop the loopback may be slow for long, so that only some of what was held back is read. */
    @Test
    void whatTheClientDoesNotTakeTheBackendCantSend() throws Exception {
        AtomicLong sent = new AtomicLong();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH.replace("websocket", "other"));
                    sendAll(new byte[LARGE], connection::send, sent);
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK.replace("WebSocket", "other")).readHead();
            await().during(Duration.ofMillis(500)).until(() -> sent.get() > 0 && sent.get() < LARGE);
            long before = sent.get();

            while (sent.get() == before) {
                assertThat(client.in().readNBytes(PIECE)).hasSize(PIECE);
            }
        }
    }

    @Test
    void whatTheBackendDoesNotTakeTheClientCantSend() throws Exception {
        AtomicLong sent = new AtomicLong();
        AtomicLong received = new AtomicLong();
        CountDownLatch read = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH.replace("websocket", "other"));
                    read.await();
                    while (true) {
                        received.addAndGet(connection.readBytes(PIECE).length());
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK.replace("WebSocket", "other")).readHead();
            OutputStream out = client.socket().getOutputStream();
            Thread writing = new Thread(() -> {
                try {
                    sendAll(new byte[LARGE], out::write, sent);
                } catch (IOException e) {
                    // The end of the test, before all was sent.
                }
            });
            writing.start();
            await().during(Duration.ofMillis(500)).until(() -> sent.get() > 0 && sent.get() < LARGE);
            long before = sent.get();

            read.countDown();
            await().until(() -> sent.get() > before && received.get() > 0);
            client.socket().close();
            writing.join();
        }
    }

    private interface Sink {
        void send(byte[] bytes) throws IOException;
    }

    private static void sendAll(byte[] all, Sink sink, AtomicLong sent) throws IOException {
        for (int at = 0; at < all.length; at += PIECE) {
            sink.send(Arrays.copyOfRange(all, at, at + PIECE));
            sent.addAndGet(PIECE);
        }
    }

    @Test
    void limitsOfBodiesDoNotHoldForTunnels() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        // These two hold until the switch, which comes soon, but not at once.
        with.responseTimeout = Duration.ofSeconds(2);
        with.keepAliveTimeout = Duration.ofSeconds(2);
        with.bodyTimeout = Duration.ofMillis(200);
        with.clientBodyTimeout = Duration.ofMillis(200);
        try (RawBackend backend = echo();
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK).readHead();
            StalledHttpTests.pause(Duration.ofMillis(2_500));
            client.send("1");
            assertThat(client.readBytes(1)).isEqualTo("1");
        }
    }

    @Test
    void aTunnelThatIsIdleForTooLongIsClosedAndOneThatIsUsedIsNot() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.tunnelIdleTimeout = Duration.ofSeconds(2);
        try (RawBackend backend = echo();
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK).readHead();
            for (int i = 0; i < 6; i++) {
                StalledHttpTests.pause(Duration.ofMillis(400));
                client.send("1");
                assertThat(client.readBytes(1)).isEqualTo("1");
            }

            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void aTunnelLastsNoLongerThanItMay() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.tunnelLifetime = Duration.ofMillis(300);
        try (RawBackend backend = echo();
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK.replace("WebSocket", "other")).readHead();

            assertThat(client.closedByServer()).isTrue();
        }
    }

    private static RawBackend echo() {
        return RawBackend.running(connection -> {
            String head = connection.readHead();
            connection.send(head.contains("other") ? SWITCH.replace("websocket", "other") : SWITCH);
            String read = connection.readBytes(1);
            while (!read.isEmpty()) {
                connection.send(read);
                read = connection.readBytes(1);
            }
        });
    }
}
