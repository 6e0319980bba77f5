package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.limit.LimitSettings;
import dev.goaround.listen.ListenCounts.Limit;
import dev.goaround.observe.ClientProtocol;
import dev.goaround.pool.ConnectionCounts;
import dev.goaround.testing.Certificates;
import dev.goaround.testing.Http3Client;
import dev.goaround.testing.Patience;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import io.netty.util.ResourceLeakDetector;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.util.unit.DataSize;

/** What is counted beside requests: connections on both sides, handshakes, and limits that were reached. */
class CountsHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final Certificates SHOP = Certificates.forName("shop.example");

    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int CONTINUATION = 9;
    private static final int DATA = 0;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    /** GET http://a/ by HPACK's static table (RFC 7541 appendix A). */
    private static final byte[] GET = {(byte) 0x82, (byte) 0x86, (byte) 0x84, 0x41, 1, 'a'};

    /** POST likewise. */
    private static final byte[] POST = {(byte) 0x83, (byte) 0x86, (byte) 0x84, 0x41, 1, 'a'};

    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();

    @AfterEach
    void withLeakDetection() {
        ResourceLeakDetector.setLevel(level);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "REQUEST_LINE | GET /%s HTTP/1.1~Host: a~~ | 20000",
                "HEADERS | GET / HTTP/1.1~Host: a~X: %s~~ | 40000",
                "BODY | POST / HTTP/1.1~Host: a~Content-Length: 11~~%s | 11",
                "REQUEST_TIME | GET /%s | 1",
            })
    void aRequestThatExceedsALimitCountsForIt(Limit limit, String request, int length) throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.bodyLimit = DataSize.ofBytes(10);
        if (limit == Limit.REQUEST_TIME) {
            with.headerTimeout = Duration.ofMillis(200);
        }
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(request.replace("~", "\r\n").formatted("x".repeat(length)));
            client.read();

            reachedOnly(proxy, limit);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CONNECTIONS", "CONNECTIONS_PER_ADDRESS"})
    void aConnectionTooManyCountsForTheLimitThatItExceeds(Limit limit) throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxClients = limit == Limit.CONNECTIONS ? 1 : 2;
        with.maxClientsPerAddress = limit == Limit.CONNECTIONS ? null : 1;
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient first = new RawClient(proxy.port())) {
            first.get("/");
            try (RawClient second = new RawClient(proxy.port())) {
                second.read();
            }
            reachedOnly(proxy, limit);
            eventually(() -> assertThat(proxy.listenCounts().connections()).isEqualTo(1));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESETS", "CONTINUATIONS", "UNREAD_REPLIES", "EMPTY_FRAMES"})
    void aFloodOfFramesCountsForTheLimitThatEndsIt(Limit limit) throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.resetLimit = 200;
        // Leak detection would make megabytes of tiny frames take minutes.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                Socket client = new Socket()) {
            client.setReceiveBufferSize(4096);
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()));
            try {
                client.getOutputStream().write(flood(limit));
            } catch (SocketException closed) {
                // Sooner than all was sent, which is much: what the system takes for the client is not unread yet.
            }
            reachedOnly(proxy, limit);
        }
    }

    private static byte[] flood(Limit limit) {
        Frames frames = new Frames();
        switch (limit) {
            case RESETS -> {
                for (int stream = 1; stream < 601; stream += 2) {
                    frames.add(HEADERS, END_HEADERS | END_STREAM, stream, GET).add(RESET, 0, stream, new byte[4]);
                }
            }
            case CONTINUATIONS -> {
                frames.add(HEADERS, END_STREAM, 1, GET);
                for (int i = 0; i < 50; i++) {
                    frames.add(CONTINUATION, 0, 1, new byte[0]);
                }
            }
            case UNREAD_REPLIES -> {
                for (int i = 0; i < 2_000_000; i++) {
                    frames.add(PING, 0, 0, new byte[8]);
                }
            }
            default -> {
                frames.add(HEADERS, END_HEADERS, 1, POST);
                for (int i = 0; i < 50; i++) {
                    frames.add(DATA, 0, 1, new byte[0]);
                }
            }
        }
        return frames.bytes();
    }

    @Test
    void handshakesAreCountedByHowTheyEnd() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.served = List.of(SHOP);
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri())) {
            SSLContext trusting = SSLContext.getInstance("TLS");
            trusting.init(null, SHOP.authority().getTrustManagers(), null);
            try (SSLSocket client = (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", proxy.port());
                    RawClient http = new RawClient(client)) {
                http.get("/");
            }
            try (RawClient plain = new RawClient(proxy.port())) {
                plain.send("no TLS at all\r\n\r\n");
                plain.closedByServer();
            }
            try (Http3Client quic = Http3Client.connect(proxy.port(), SHOP, "shop.example")) {
                quic.get("/");
            }

            eventually(() -> {
                assertThat(proxy.listenCounts().handshakes()).isEqualTo(2);
                assertThat(proxy.listenCounts().failedHandshakes()).isEqualTo(1);
                assertThat(proxy.recorder()
                                .byBackend()
                                .values()
                                .iterator()
                                .next()
                                .requests()
                                .keySet())
                        .extracting(kind -> kind.protocol())
                        .containsExactlyInAnyOrder(ClientProtocol.HTTP1, ClientProtocol.HTTP3);
            });
        }
    }

    @Test
    void connectionsToABackendAreCountedAsTheyAreUsed() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get("/");
            client.get("/");
            client.get("/");

            eventually(() -> assertThat(connections(proxy))
                    .returns(1L, counts -> counts.opened().sum())
                    .returns(2L, counts -> counts.reused().sum())
                    .returns(0L, counts -> counts.closedEarly().sum())
                    .returns(0, counts -> counts.pending().get()));
        }
    }

    @Test
    void aConnectionThatItsBackendClosesIsCountedOnce() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(OK);
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get("/");

            eventually(() -> assertThat(connections(proxy).closedEarly().sum()).isEqualTo(1));
            assertThat(connections(proxy).opened().sum()).isEqualTo(1);
        }
    }

    @Test
    void whoWaitsIsCountedWhateverComesOfIt() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 1;
        with.limit = new LimitSettings(1, Patience.NEVER, Patience.NEVER, null);
        CountDownLatch release = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    release.await();
                    connection.send(OK);
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient served = new RawClient(proxy.port());
                RawClient waiting = new RawClient(proxy.port());
                RawClient late = new RawClient(proxy.port());
                RawClient turnedAway = new RawClient(proxy.port())) {
            served.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            eventually(() -> assertThat(backend.heads()).hasSize(1));
            waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            eventually(() -> assertThat(proxy.queueLength()).isEqualTo(1));
            assertThat(turnedAway.get("/").status()).isEqualTo(503);
            with.limit = new LimitSettings(2, Duration.ofMillis(300), Patience.NEVER, null);
            assertThat(late.get("/").status()).isEqualTo(503);
            release.countDown();
            assertThat(served.read().status()).isEqualTo(200);
            assertThat(waiting.read().status()).isEqualTo(200);

            eventually(() -> assertThat(proxy.recorder().queued().count()).isEqualTo(3));
            assertThat(proxy.queue().turnedAway()).isEqualTo(1);
            assertThat(proxy.queue().outOfTime()).isEqualTo(1);
            assertThat(proxy.recorder().queued().sum()).isGreaterThanOrEqualTo(Duration.ofMillis(290));
        }
    }

    private static void reachedOnly(RunningProxy proxy, Limit expected) {
        eventually(() -> assertThat(proxy.listenCounts().limit(expected)).isEqualTo(1));
        for (Limit limit : Limit.values()) {
            assertThat(proxy.listenCounts().limit(limit)).as("%s", limit).isEqualTo(limit == expected ? 1 : 0);
        }
    }

    private static ConnectionCounts connections(RunningProxy proxy) {
        return proxy.pool().snapshot().members().get(0).backend().connectionCounts();
    }

    private static void eventually(ThrowingRunnable assertion) {
        await().untilAsserted(assertion);
    }

    /** Frames of a client (RFC 9113 section 4.1), after the preface and empty settings. */
    private static final class Frames {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Frames() {
            bytes.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            add(SETTINGS, 0, 0, new byte[0]);
        }

        Frames add(int type, int flags, int stream, byte[] payload) {
            bytes.writeBytes(new byte[] {
                0, 0, (byte) payload.length, (byte) type, (byte) flags, 0, 0, (byte) (stream >> 8), (byte) stream
            });
            bytes.writeBytes(payload);
            return this;
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }
    }
}
