package dev.goaround.proxy;

import static dev.goaround.testing.RawHttp2Client.DATA;
import static dev.goaround.testing.RawHttp2Client.GOAWAY;
import static dev.goaround.testing.RawHttp2Client.HEADERS;
import static dev.goaround.testing.RawHttp2Client.HEADER_TABLE_SIZE;
import static dev.goaround.testing.RawHttp2Client.PING;
import static dev.goaround.testing.RawHttp2Client.RESET;
import static dev.goaround.testing.RawHttp2Client.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.http2.WindowSettings;
import dev.goaround.limit.LimitSettings;
import dev.goaround.listen.ListenCounts.Limit;
import dev.goaround.pool.Protocol;
import dev.goaround.settings.Cidr;
import dev.goaround.testing.Patience;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawHttp2;
import dev.goaround.testing.RawHttp2Client;
import io.netty.handler.codec.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;

/** HTTP/2 without TLS on either side of the data path. */
class Http2HttpTests {

    private static final int ENHANCE_YOUR_CALM = 11;
    private static final byte[] CANCEL = {0, 0, 0, 8};
    private static final int PADDED = 8;
    private static final int UNKNOWN_TYPE = 0xbe;

    /** The field that the table got last (RFC 7541 section 2.3.3). */
    private static final byte LAST_INDEXED = (byte) (0x80 | 62);

    private static final String[] GET_SLOW = {":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/slow"};
    private static final String[] POST = {":method", "POST", ":scheme", "http", ":authority", "a", ":path", "/"};
    private static final String[] CONNECT = {
        ":method", "CONNECT", ":protocol", "websocket", ":scheme", "http", ":authority", "a", ":path", "/"
    };
    private static final String SWITCHED =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    /** What begins a field section: changes of the table's size (RFC 7541 section 6.3), and :status 200 (appendix A). */
    private static final byte[] NO_TABLE = {0x20};

    private static final byte[] TABLE_OF_100 = {0x3f, 0x45};
    private static final byte[] ORDINARY_TABLE = {0x3f, (byte) 0xe1, 0x1f};
    private static final byte[] OK = {(byte) 0x88};

    @Test
    void aClientsRequestReachesABackendOfHttp1() {
        try (RawBackend backend = RawBackend.answering(
                        "HTTP/1.1 200 OK\r\nX-One: 1\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nContent-Length: 2\r\n\r\nok");
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            String answer = client(proxy)
                    .headers(headers ->
                            headers.set("x-a", "b").set("x_real_ip", "6.6.6.6").set("x-forwarded-user", "root"))
                    .get()
                    .uri("/path?query")
                    .responseSingle((head, body) -> body.asString()
                            .map(text -> head.status().code() + " "
                                    + head.responseHeaders().get("x-one") + " "
                                    + head.responseHeaders().contains("x-hop") + " " + text))
                    .block(Patience.AMPLE);

            assertThat(answer).isEqualTo("200 1 false ok");
            assertThat(backend.heads())
                    .singleElement()
                    .asString()
                    .startsWith("GET /path?query HTTP/1.1\r\n")
                    .contains(
                            "\r\nHost: 127.0.0.1:" + proxy.port() + "\r\n",
                            "\r\nx-a: b\r\n",
                            "\r\nVia: 2.0 goaround\r\n",
                            "\r\nX-Forwarded-For: 127.0.0.1\r\n")
                    .doesNotContain("x-http2", "ransfer-Encoding", "6.6.6.6", "root");
        }
    }

    @Test
    void aBodyPassesInChunksAndAnEmptyOneAsNone() {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.readUntil("0\r\n\r\n");
                    connection.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
                });
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            Integer status = client(proxy)
                    .post()
                    .uri("/")
                    .send(ByteBufFlux.fromString(Flux.just("abc", "def")))
                    .response()
                    .map(head -> head.status().code())
                    .block(Patience.AMPLE);

            assertThat(status).isEqualTo(201);
            assertThat(backend.heads()).singleElement().asString().contains("Transfer-Encoding: chunked\r\n");
        }
    }

    @Test
    void aPostWithoutABodyTellsABackendOfHttp1So() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    while (connection.readHead().contains("\r\nContent-Length: 0\r\n")) {
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    }
                    connection.send("HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\n\r\n");
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            assertThat(client.head(1, true, POST).flush().read(HEADERS).bytes()).startsWith(OK);
            assertThat(client.head(3, true, POST).flush().read(HEADERS).bytes()).startsWith(OK);
            assertThat(backend.heads()).hasSize(2).noneMatch(head -> head.contains("ransfer-Encoding"));
        }
    }

    @Test
    void manyCrumbsOfOneCookieAndAHostThatNamesTheDefaultPortPass() throws Exception {
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            String[] crumbs = new String[600];
            for (int i = 0; i < crumbs.length; i += 2) {
                crumbs[i] = "cookie";
                crumbs[i + 1] = "c" + i + "=1";
            }
            client.head(1, true, join(join(GET_SLOW, "host", "A:80"), crumbs)).flush();

            assertThat(client.read(HEADERS).bytes()).startsWith(OK);
            assertThat(backend.heads())
                    .singleElement()
                    .asString()
                    .contains("\r\ncookie: c0=1; c2=1; ", "\r\nHost: a\r\n")
                    .doesNotContain("A:80");
        }
    }

    @Test
    void manyStreamsShareAConnection() {
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            HttpClient client = client(proxy);
            List<String> answers = Flux.range(0, 500)
                    .flatMap(i -> client.get().uri("/" + i).responseSingle((head, body) -> body.asString()), 50)
                    .collectList()
                    .block(Patience.AMPLE);

            assertThat(answers).hasSize(500).containsOnly("ok");
        }
    }

    @Test
    void aStreamThatIsResetCancelsTheBackendsWork() {
        var gone = new java.util.concurrent.CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                    gone.countDown();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            var running = client(proxy).get().uri("/").response().subscribe();
            await().until(() -> !backend.heads().isEmpty());
            running.dispose();

            await().until(() -> gone.getCount() == 0);
        }
    }

    /** With the one connection in use the others wait for it, until they are given up. */
    private static RunningProxy.Builder oneAtATime(int resetLimit) {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 1;
        with.resetLimit = resetLimit;
        return with;
    }

    @Test
    void ordinaryCancellationsDoNotEndAConnection() throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    cancelled.await();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    connection.drain();
                });
                RunningProxy proxy = oneAtATime(1000).over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            client.head(1, true, GET_SLOW);
            for (int stream = 3; stream < 1803; stream += 2) {
                client.get(stream, "/").frame(RESET, 0, stream, CANCEL);
            }
            client.flush();
            await().until(() -> StalledHttpTests.backend(proxy).inFlight() == 1);
            cancelled.countDown();

            RawHttp2Client.Frame frame = client.read();
            while (frame.type() != HEADERS) {
                assertThat(frame.type()).isNotEqualTo(GOAWAY);
                frame = client.read();
            }
            assertThat(frame.stream()).isEqualTo(1);
            assertThat(frame.bytes()).startsWith(OK);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RESET, WINDOW_UPDATE})
    void aClientThatOnlyHasStreamsResetIsSentAway(int by) throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> connection.drain());
                RunningProxy proxy = oneAtATime(100).over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            for (int stream = 1; stream < 203; stream += 2) {
                // An update of nothing makes the other end reset the stream (RFC 9113 section 6.9, CVE-2025-8671).
                client.get(stream, "/").frame(by, 0, stream, by == RESET ? CANCEL : new byte[4]);
            }

            byte[] payload = client.flush().read(GOAWAY).bytes();
            assertThat(ByteBuffer.wrap(payload).getInt(4)).isEqualTo(ENHANCE_YOUR_CALM);
            await().until(() -> proxy.listenCounts().limit(Limit.RESETS) == 1);
        }
    }

    @Test
    void responsesThatDoNotWaitForTheirRequestsDoNotEndAConnection() throws Exception {
        RunningProxy.Builder with = oneAtATime(10);
        with.bodyLimit = DataSize.ofBytes(1);
        try (RawBackend backend = RawBackend.running(connection -> connection.drain());
                RunningProxy proxy = with.over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            for (int stream = 1; stream < 601; stream += 2) {
                client.head(stream, false, join(POST, "content-length", "2")).flush();
                assertThat(client.read(RESET).stream()).isEqualTo(stream);
            }
        }
    }

    @Test
    void whatGoAroundRefusesIsAnAnswerOnTheStream() {
        try (RunningProxy proxy = RunningProxy.over(FailureHttpTests.nobody())) {
            Mono<Integer> status = client(proxy)
                    .get()
                    .uri("/")
                    .response()
                    .map(head -> head.status().code());

            assertThat(status.block(Patience.AMPLE)).isEqualTo(503);
            assertThat(status.block(Patience.AMPLE)).isEqualTo(503);
        }
    }

    @Test
    void aGrpcClientIsRefusedInItsOwnWords() {
        try (RunningProxy proxy = RunningProxy.over(FailureHttpTests.nobody())) {
            String refusal = client(proxy)
                    .headers(headers -> headers.set("content-type", "application/grpc+proto")
                            .set("te", "trailers"))
                    .request(HttpMethod.POST)
                    .uri("/service/method")
                    .response()
                    .map(head ->
                            head.status().code() + " " + head.responseHeaders().get("content-type") + " "
                                    + head.responseHeaders().get("grpc-status") + " "
                                    + head.responseHeaders().get("grpc-message"))
                    .block(Patience.AMPLE);

            assertThat(refusal).isEqualTo("200 application/grpc 14 no backend could answer");
        }
    }

    @Test
    void aBackendIsSpokenToInHttp2OnOneConnection() throws Exception {
        try (MockWebServer backend = http2Backend();
                RunningProxy proxy = over(backend);
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 3; i++) {
                backend.enqueue(new MockResponse.Builder()
                        .body("hello")
                        .setHeader("X-Up", "Ab")
                        .build());
                RawClient.Response answer =
                        client.get("/a?b", "Cookie: c=d", "X-A: b", "Connection: X-Hop", "X-Hop: 1");
                assertThat(answer.statusLine()).isEqualTo("HTTP/1.1 200 OK");
                assertThat(answer.values("x-up")).containsExactly("Ab");
                assertThat(answer.body()).isEqualTo("hello");

                RecordedRequest request =
                        Objects.requireNonNull(backend.takeRequest(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS));
                assertThat(request.getRequestLine()).isEqualTo("GET /a?b HTTP/2");
                assertThat(request.getHeaders().get(":authority")).isEqualTo("test.example");
                assertThat(request.getHeaders().get(":scheme")).isEqualTo("http");
                assertThat(request.getHeaders().get("x-a")).isEqualTo("b");
                assertThat(request.getHeaders().get("x-hop")).isNull();
                assertThat(request.getHeaders().get("connection")).isNull();
                assertThat(request.getExchangeIndex()).isEqualTo(i);
            }
        }
    }

    @Test
    void bodiesAndTrailersPassToAndFromHttp2() throws Exception {
        try (MockWebServer backend = http2Backend();
                RunningProxy proxy = over(backend);
                RawClient client = new RawClient(proxy.port())) {
            backend.enqueue(new MockResponse.Builder()
                    .body("answer")
                    .removeHeader("Content-Length")
                    .trailers(okhttp3.Headers.of("x-sum", "7"))
                    .build());
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");

            assertThat(client.read().body()).isEqualTo("answer<x-sum: 7>");
            RecordedRequest request =
                    Objects.requireNonNull(backend.takeRequest(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS));
            assertThat(Objects.requireNonNull(request.getBody()).utf8()).isEqualTo("abc");
            assertThat(request.getHeaders().get("transfer-encoding")).isNull();
        }
    }

    @Test
    void headAndEmptyAnswersOfHttp2HaveNoBody() throws Exception {
        try (MockWebServer backend = http2Backend();
                RunningProxy proxy = over(backend);
                RawClient client = new RawClient(proxy.port())) {
            backend.enqueue(
                    new MockResponse.Builder().setHeader("Content-Length", "5").build());
            assertThat(client.exchange("HEAD", "/").values("content-length")).containsExactly("5");
            backend.enqueue(new MockResponse.Builder().code(204).clearHeaders().build());
            assertThat(client.get("/").status()).isEqualTo(204);
        }
    }

    @Test
    void aBackendOfHttp1IsNoBackendOfHttp2() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").status()).isEqualTo(503);
        }
    }

    @Test
    void aClientThatDoesNotReadHoldsNobodyElseUp() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        with.loops = 1;
        int large = 20_000_000;
        try (RawBackend backend = RawBackend.running(connection -> {
                    String head = connection.readHead();
                    int length = head.startsWith("GET /large") ? large : 2;
                    connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + length + "\r\n\r\n");
                    connection.send(new byte[length]);
                });
                RunningProxy back = RunningProxy.over(backend.uri());
                RunningProxy front = with.over(URI.create("http://127.0.0.1:" + back.port()));
                RawClient slow = RawClient.withSmallBuffer(front.port());
                RawClient other = new RawClient(front.port())) {
            slow.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            await().until(() -> front.slowClients() == 1);

            for (int i = 0; i < 20; i++) {
                assertThat(other.get("/").status()).isEqualTo(200);
            }
            assertThat(StalledHttpTests.backend(front).openConnections().get()).isEqualTo(1);
            slow.socket().setReceiveBufferSize(1_000_000);
            assertThat(slow.in().readNBytes(large)).hasSize(large);
        }
    }

    @Test
    void anAnswerBeforeTheEndOfItsRequestEndsTheStream() {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            Integer status = client(proxy)
                    .post()
                    .uri("/")
                    .send(ByteBufFlux.fromString(Flux.<String>never().startWith("abc")))
                    .response()
                    .map(head -> head.status().code())
                    .block(Patience.AMPLE);

            assertThat(status).isEqualTo(403);
            await().until(() -> StalledHttpTests.backend(proxy).inFlight() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAClientSendsByteByByteWaitsAsBytesUntilItIsTaken(boolean tunnel) throws Exception {
        int small = 2_000;
        int bytes = small + 3 * 16_000;
        CountDownLatch sent = new CountDownLatch(1);
        CompletableFuture<String> taken = new CompletableFuture<>();
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 1;
        with.responseTimeout = Duration.ofSeconds(60);
        with.clientBodyTimeout = Duration.ofSeconds(60);
        with.limit = new LimitSettings(1024, Duration.ofSeconds(30), Duration.ofSeconds(30), null);
        try (RawBackend backend = RawBackend.running(connection -> {
                    String head = connection.readHead();
                    if (head.startsWith("GET /first")) {
                        sent.await();
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                        head = connection.readHead();
                    }
                    if (head.isEmpty()) {
                        return; // The other one comes on another connection.
                    }
                    connection.send(tunnel ? SWITCHED : "HTTP/1.1 200 OK\r\n\r\n");
                    taken.complete(connection.readBytes(bytes));
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient first = new RawClient(proxy.port());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            first.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> StalledHttpTests.backend(proxy).inFlight() == 1);
            if (tunnel) {
                client.head(1, false, CONNECT);
            } else {
                client.head(1, false, join(POST, "content-length", Integer.toString(bytes)));
            }
            for (int i = 0; i < small; i++) {
                client.data(1, false, new byte[] {(byte) ('a' + i % 26)});
                if (i % 100 == 0) {
                    client.frame(UNKNOWN_TYPE, 0, 1, new byte[1000]).frame(DATA, PADDED, 1, new byte[] {0});
                }
            }
            for (int i = 0; i < 3; i++) {
                client.data(1, false, new byte[16_000]);
            }
            client.flush();
            await().until(() -> proxy.queueLength() == 1);
            client.frame(PING, 0, 0, new byte[8]).flush();
            for (RawHttp2Client.Frame frame = client.read(); frame.type() != PING; frame = client.read()) {
                assertThat(frame.stream())
                        .as("nothing of the stream's window is given back")
                        .isZero();
            }
            sent.countDown();

            assertThat(taken.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS))
                    .hasSize(bytes)
                    .startsWith("abcdef");
            assertThat(client.read(WINDOW_UPDATE).stream()).isEqualTo(1);
        }
    }

    /** Each request is some hundred bytes on the wire and 44 KB once the crumbs of its cookie are looked up in the table. */
    @Test
    void requestsThatAreLargeOnlyOnceTheyAreDecodedAreBoundedInMemory() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        RunningProxy.Builder with = RunningProxy.with();
        with.limit = new LimitSettings(10, Duration.ofSeconds(30), Duration.ofSeconds(30), DataSize.ofMegabytes(1));
        with.responseTimeout = Duration.ofSeconds(60);
        try (RawBackend backend = RawBackend.running(connection -> {
                    String head = connection.readHead();
                    if (head.startsWith("GET /slow")) {
                        asked.await();
                        connection.send("HTTP/1.1 200 OK\r\n\r\nbegun");
                        connection.drain();
                    } else {
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient other = new RawClient(proxy.port());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            byte[] head = RawHttp2Client.literals(GET_SLOW);
            client.section(1, true, join(head, RawHttp2Client.indexed("cookie", "c".repeat(2900))));
            byte[] crumbs = new byte[15];
            Arrays.fill(crumbs, LAST_INDEXED);
            for (int stream = 3; stream < 100; stream += 2) {
                client.section(stream, true, join(head, crumbs));
            }
            client.flush();

            byte[] refused = client.read(HEADERS).bytes();
            assertThat(refused).as("503 is not in the static table").doesNotContain(OK[0]);
            assertThat(proxy.requestMemory()).isBetween(100_000L, 250_000L);
            assertThat(other.get("/").status()).isEqualTo(200);
            assertThat(proxy.listenCounts().limit(Limit.REQUEST_MEMORY)).isBetween(40L, 49L);

            asked.countDown();
            await("cookies go once no backend can need them").until(() -> proxy.requestMemory() < 40_000);
            client.leave();
            await().until(() -> proxy.requestMemory() == 0);
        }
    }

    @Test
    void whatWaitsOfBodiesOnStreamsIsBoundedInMemory() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.limit = new LimitSettings(100, Duration.ofSeconds(30), Duration.ofSeconds(30), DataSize.ofMegabytes(1));
        with.responseTimeout = Duration.ofSeconds(60);
        with.maxConnections = 2;
        try (RawBackend backend = RawBackend.running(connection -> {
                    if (connection.readHead().startsWith("GET /quick")) {
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    }
                    connection.drain();
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient slow = new RawClient(proxy.port());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
            for (int stream = 1; stream < 40; stream += 2) {
                client.head(stream, false, POST);
                for (int i = 0; i < 4; i++) {
                    client.data(stream, false, new byte[16_000]);
                }
            }
            client.flush();

            await().until(() -> proxy.listenCounts().limit(Limit.REQUEST_MEMORY) > 10);
            assertThat(proxy.requestMemory()).isBetween(100_000L, 250_000L);
            client.leave();
            slow.reset();
            await().until(() -> proxy.requestMemory() == 0);
        }
    }

    @Test
    void aClientThatAllowsAHugeHeaderTableGetsAnOrdinaryOne() throws Exception {
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port(), HEADER_TABLE_SIZE, 1 << 24)) {
            assertThat(client.get(1, "/").flush().read(HEADERS).bytes()).startsWith(OK);

            client.settings(HEADER_TABLE_SIZE, 0).settings(HEADER_TABLE_SIZE, 1 << 30);
            assertThat(client.get(3, "/").flush().read(HEADERS).bytes())
                    .as("both changes are signalled, the smaller size first (RFC 7541 section 4.2)")
                    .startsWith(join(NO_TABLE, ORDINARY_TABLE, OK));
            assertThat(client.get(5, "/").flush().read(HEADERS).bytes()).startsWith(OK);

            client.settings(HEADER_TABLE_SIZE, 100);
            assertThat(client.get(7, "/").flush().read(HEADERS).bytes()).startsWith(join(TABLE_OF_100, OK));
        }
    }

    @Test
    void aClientThatChangesItsHeaderTableAgainAndAgainIsSentAway() throws Exception {
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            for (int i = 0; i < 101; i++) {
                client.settings(HEADER_TABLE_SIZE, i % 2 * 4096);
            }

            byte[] payload = client.flush().read(GOAWAY).bytes();
            assertThat(ByteBuffer.wrap(payload).getInt(4)).isEqualTo(ENHANCE_YOUR_CALM);
            await().until(() -> proxy.listenCounts().limit(Limit.SETTINGS_CHANGES) == 1);
        }
    }

    @Test
    void aBackendThatAllowsAHugeHeaderTableGetsAnOrdinaryOne() throws Exception {
        List<byte[]> sections = new CopyOnWriteArrayList<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection).settings(HEADER_TABLE_SIZE, 1 << 24);
                    for (int i = 0; i < 3; i++) {
                        RawHttp2.Frame request = http2.read(HEADERS);
                        sections.add(request.payload().array());
                        http2.settings(HEADER_TABLE_SIZE, 0).settings(HEADER_TABLE_SIZE, 1 << 30);
                        http2.ok(request.stream(), true);
                    }
                });
                RunningProxy proxy = h2c(backend);
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }

            assertThat(sections.get(0)[0] & 0xe0).as("no change of size").isNotEqualTo(NO_TABLE[0]);
            assertThat(sections.get(1)).as("the second").startsWith(join(NO_TABLE, ORDINARY_TABLE));
            assertThat(sections.get(2)).as("the third").startsWith(join(NO_TABLE, ORDINARY_TABLE));
        }
    }

    private static RunningProxy h2c(RawBackend backend) {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        return with.over(backend.uri());
    }

    private static String[] join(String[] some, String... more) {
        return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    @Test
    void webSocketsPassOverHttp2AsWell() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        with.trusted = List.of(Cidr.parse("127.0.0.0/8"));
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Accept: theirs\r\nSec-WebSocket-Protocol: chat\r\n\r\nhello");
                    connection.send(connection.readBytes(5));
                    connection.drain();
                });
                RunningProxy back = RunningProxy.over(backend.uri());
                RunningProxy front = with.over(URI.create("http://127.0.0.1:" + back.port()));
                RawClient client = new RawClient(front.port())) {
            // The proxy in front trusts its client, the one behind it does not: it is asked by an extended CONNECT.
            client.send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "X_Real_IP: 6.6.6.6\r\nRemote-User: 6.6.6.6\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 101 ")
                    .contains(
                            "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", "chat", "pgrade: websocket");
            assertThat(client.readBytes(5)).isEqualTo("hello");
            client.send("world");
            assertThat(client.readBytes(5)).isEqualTo("world");
            assertThat(backend.heads())
                    .singleElement()
                    .asString()
                    .startsWith("GET /chat HTTP/1.1\r\n")
                    .doesNotContain("6.6.6.6");
            client.leave();
            await().until(() -> StalledHttpTests.backend(front).inFlight() == 0
                    && StalledHttpTests.backend(back).inFlight() == 0);
        }
    }

    @Test
    void aWebSocketOnAStreamIsToldThatItEnds() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
                    connection.drain();
                });
                RunningProxy back = RunningProxy.over(backend.uri());
                RunningProxy front = with.over(URI.create("http://127.0.0.1:" + back.port()));
                RawClient client = new RawClient(front.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
                    .readHead();

            back.drain();

            assertThat(client.readBytes(4)).isEqualTo("\u0088\2\3\u00e9");
        }
    }

    /** A backend that speaks either version on one port, and takes extended CONNECT only if the settings say so. */
    private static RawBackend eitherVersion(List<String> upgrades, int... settings) {
        return RawBackend.running(connection -> {
            String head = connection.readHead();
            if (head.startsWith("PRI ")) {
                connection.readBytes(6);
                RawHttp2 http2 = RawHttp2.afterPreface(connection, settings);
                for (int stream = http2.readRequest(); stream > 0; stream = http2.readRequest()) {
                    http2.ok(stream, true);
                }
            } else {
                upgrades.add(head);
                connection.send(SWITCHED + "hello").send(connection.readBytes(5));
                connection.drain();
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "foo/2"})
    void aBackendOfHttp2WithoutExtendedConnectIsAskedInHttp1OnAConnectionOfItsOwn(String protocol) throws Exception {
        List<String> upgrades = new CopyOnWriteArrayList<>();
        try (RawBackend backend = eitherVersion(upgrades);
                RunningProxy proxy = h2c(backend)) {
            for (int i = 0; i < 2; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    assertThat(client.get("/").status()).isEqualTo(200);
                    client.send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: " + protocol
                            + "\r\nSec-WebSocket-Key: k\r\n\r\n");
                    String head = client.readHead();
                    if (protocol.equals("websocket")) {
                        assertThat(head).startsWith("HTTP/1.1 101 ");
                        assertThat(client.readBytes(5)).isEqualTo("hello");
                        client.send("world");
                        assertThat(client.readBytes(5)).isEqualTo("world");
                    } else {
                        assertThat(head).as("it switches to something else").startsWith("HTTP/1.1 50");
                    }
                }
            }
            assertThat(upgrades)
                    .hasSizeGreaterThanOrEqualTo(2)
                    .allSatisfy(head -> assertThat(head)
                            .startsWith("GET /chat HTTP/1.1\r\n")
                            .contains("\r\nUpgrade: " + protocol + "\r\n"));
        }
    }

    @Test
    void anExtendedConnectReachesABackendOfHttp2WithoutItAsAnUpgrade() throws Exception {
        List<String> upgrades = new CopyOnWriteArrayList<>();
        try (RawBackend backend = eitherVersion(upgrades);
                RunningProxy proxy = h2c(backend);
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            client.head(1, false, CONNECT).flush();

            assertThat(client.read(HEADERS).bytes()).startsWith(OK);
            assertThat(new String(client.read(DATA).bytes(), StandardCharsets.ISO_8859_1))
                    .isEqualTo("hello");
            client.data(1, false, "world".getBytes(StandardCharsets.ISO_8859_1)).flush();
            assertThat(new String(client.read(DATA).bytes(), StandardCharsets.ISO_8859_1))
                    .isEqualTo("world");
            assertThat(upgrades).singleElement().asString().contains("\r\nUpgrade: websocket\r\n");
        }
    }

    @Test
    void withOneConnectionOnlyAnIdleOneMakesRoomForTheOneInHttp1() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        with.maxConnections = 1;
        try (RawBackend backend = eitherVersion(new CopyOnWriteArrayList<>());
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");

            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.readBytes(5)).isEqualTo("hello");
        }
    }

    @Test
    void aSilentClientWithAStreamIsAskedWhetherItIsThere() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.http2PingInterval = Duration.ofMillis(100);
        CompletableFuture<Void> respond = new CompletableFuture<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    respond.join();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                });
                RunningProxy proxy = with.over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            client.get(1, "/").flush();
            for (int i = 0; i < 3; i++) {
                RawHttp2Client.Frame ping = client.read(RawHttp2Client.PING);
                assertThat(ping.flags()).isZero();
                client.frame(RawHttp2Client.PING, 1, 0, ping.bytes()).flush();
            }
            respond.complete(null);

            assertThat(client.read(RawHttp2Client.HEADERS).stream()).isEqualTo(1);
        }
    }

    @Test
    void aBackendOfHttp2AloneThatKnowsNoTunnelsIsNoFailure() throws Exception {
        try (MockWebServer backend = http2Backend();
                RunningProxy proxy = over(backend);
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");

            assertThat(client.read().status()).isEqualTo(501);
            backend.enqueue(new MockResponse.Builder().body("ok").build());
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(StalledHttpTests.backend(proxy).failures()).isZero();
        }
    }

    /** What a peer may send at once when a window has grown. */
    private static final int WIDE = 512 * 1024;

    private static final int OPEN = 65_535;
    private static final int MUCH = 100_000_000;

    @Test
    void theWindowOfAnUploadThatIsTakenOnGrowsUntilItsStreamEnds() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            client.head(1, false, POST).flush();

            assertThat(upload(client, 1, WIDE, MUCH)).isGreaterThanOrEqualTo(WIDE);
            assertThat(proxy.windowGrowth()).isBetween(1L, 4L << 20);

            client.frame(RESET, 0, 1, CANCEL).flush();
            await().until(() -> proxy.windowGrowth() == 0);
            client.head(3, false, POST).flush();
            upload(client, 3, WIDE, MUCH);
            client.leave();
            await().until(() -> proxy.windowGrowth() == 0 && proxy.requestMemory() == 0);
        }
    }

    @Test
    void theWindowOfAnUploadThatNobodyTakesDoesNotGrow() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 1;
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient first = new RawClient(proxy.port());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> StalledHttpTests.backend(proxy).inFlight() == 1);
            client.head(1, false, POST);
            for (int sent = 0; sent < OPEN; sent += 16 * 1024) {
                client.data(1, false, new byte[Math.min(OPEN - sent, 16 * 1024)]);
            }
            client.frame(PING, 0, 0, new byte[8]).flush();
            for (RawHttp2Client.Frame frame = client.read(); frame.type() != PING; frame = client.read()) {
                assertThat(frame.type() == WINDOW_UPDATE && frame.stream() == 1).isFalse();
            }

            assertThat(proxy.windowGrowth()).isZero();
        }
    }

    @Test
    void windowsGrowNoFurtherThanTheSettingsSay() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.windows = new WindowSettings(DataSize.ofMegabytes(4), DataSize.ofMegabytes(16), DataSize.ofKilobytes(64));
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                });
                RunningProxy proxy = with.over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            client.head(1, false, POST).flush();

            assertThat(upload(client, 1, WIDE, 4_000_000)).isLessThanOrEqualTo(2 * OPEN);
            assertThat(proxy.windowGrowth()).isLessThanOrEqualTo(OPEN);
        }
    }

    @Test
    void theWindowOfADownloadFromABackendGrows() throws Exception {
        CompletableFuture<Integer> grown = new CompletableFuture<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    int stream = http2.readRequest();
                    http2.ok(stream, false);
                    grown.complete(http2.sendUntilWindow(stream, OPEN, WIDE, MUCH));
                    http2.data(stream, new byte[1], true);
                    connection.drain();
                });
                RunningProxy proxy = h2c(backend);
                RawClient client = new RawClient(proxy.port())) {
            client.get("/");

            assertThat(grown.join()).isGreaterThanOrEqualTo(WIDE);
            await().until(() -> proxy.windowGrowth() == 0);
        }
    }

    /** Sends as much as the stream's window lets through, and answers PINGs after what was sent before them; returns the window's width. */
    private static int upload(RawHttp2Client client, int stream, int wide, int most) throws IOException {
        int open = OPEN;
        byte[] ping = null;
        for (int sent = 0; open < wide && sent < most; ) {
            while (open > 0) {
                int length = Math.min(open, 16 * 1024);
                client.data(stream, false, new byte[length]);
                open -= length;
                sent += length;
            }
            if (ping != null) {
                client.frame(PING, 1, 0, ping);
                ping = null;
            }
            client.flush();
            while (open == 0) {
                RawHttp2Client.Frame frame = client.read();
                if (frame.type() == PING && frame.flags() == 0) {
                    ping = frame.bytes();
                } else if (frame.type() == WINDOW_UPDATE && frame.stream() == stream) {
                    open += frame.payload().getInt(0);
                }
            }
        }
        return open;
    }

    private static MockWebServer http2Backend() throws IOException {
        MockWebServer backend = new MockWebServer();
        backend.setProtocols(List.of(okhttp3.Protocol.H2_PRIOR_KNOWLEDGE));
        backend.start();
        return backend;
    }

    private static RunningProxy over(MockWebServer backend) {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        return with.over(URI.create("http://127.0.0.1:" + backend.getPort()));
    }

    private static HttpClient client(RunningProxy proxy) {
        return HttpClient.newConnection().protocol(HttpProtocol.H2C).baseUrl("http://127.0.0.1:" + proxy.port());
    }
}
