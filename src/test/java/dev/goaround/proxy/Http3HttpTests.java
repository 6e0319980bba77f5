package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.goaround.listen.ListenCounts.Limit;
import dev.goaround.pool.Protocol;
import dev.goaround.testing.Certificates;
import dev.goaround.testing.Http3Client;
import dev.goaround.testing.Http3Client.Answer;
import dev.goaround.testing.Http3Client.ResetException;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawHttp2;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.quic.Quic;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.web.server.Ssl.ClientAuth;
import org.springframework.util.unit.DataSize;

/** HTTP/3 of a client, over UDP on the loopback. */
class Http3HttpTests {

    private static final Certificates SHOP = Certificates.forName("shop.example");
    private static final Certificates OTHER = Certificates.forName("other.example");
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-B: 1\r\nX-A: 2\r\n\r\nok";

    @BeforeAll
    static void quicIsThere() {
        Assumptions.assumeTrue(Quic.isAvailable(), "no native QUIC for this platform");
    }

    private static RunningProxy.Builder secured() {
        RunningProxy.Builder with = RunningProxy.with();
        with.served = List.of(SHOP);
        return with;
    }

    private static Http3Client connect(RunningProxy proxy) throws Exception {
        return Http3Client.connect(proxy.port(), SHOP, "shop.example");
    }

    @Test
    void aGetHasNoBodyAndItsAnswerPasses() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Answer answer = client.get("/a?b", "x-one", "1", "client_cert", ":forged:", "true-client-ip", "6.6.6.6");

            assertThat(answer.status()).isEqualTo("200");
            assertThat(answer.body()).isEqualTo("ok");
            assertThat(Http3Client.fields(answer.head()))
                    .containsEntry("x-b", "1")
                    .containsEntry("x-a", "2");
            assertThat(answer.field("alt-svc")).isNull();
            assertThat(backend.heads().get(0))
                    .startsWith("GET /a?b HTTP/1.1\r\n")
                    .containsIgnoringCase("\r\nhost: shop.example\r\n")
                    .containsIgnoringCase("\r\nvia: 3.0 goaround\r\n")
                    .containsIgnoringCase("\r\nx-forwarded-proto: https\r\n")
                    .containsIgnoringCase("\r\nx-forwarded-for: 127.0.0.1\r\n")
                    .doesNotContain("forged", "6.6.6.6")
                    .doesNotContainIgnoringCase("transfer-encoding")
                    .doesNotContainIgnoringCase("content-length");
        }
    }

    @Test
    void theEndOfARequestMayComeInAPacketOfItsOwn() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Answer answer =
                    client.open(Http3Client.head("GET", "/")).endAfterSection().answer();

            assertThat(answer.body()).isEqualTo("ok");
            assertThat(backend.heads().get(0)).doesNotContainIgnoringCase("transfer-encoding");
        }
    }

    @Test
    void megabytesPassInBothDirections() throws Exception {
        byte[] body = new byte[5_000_000];
        new Random(3).nextBytes(body);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    String got = connection.readBytes(body.length);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n" + got);
                });
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Answer answer = client.open(Http3Client.head("POST", "/", "content-length", Integer.toString(body.length)))
                    .data(body)
                    .end()
                    .answer();

            assertThat(answer.status()).isEqualTo("200");
            assertThat(answer.body()).isEqualTo(new String(body, StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    void aClientThatDoesNotReadStopsTheBackend() throws Exception {
        int size = 48 * 1024 * 1024;
        AtomicInteger sent = new AtomicInteger();
        byte[] piece = new byte[64 * 1024];
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                    while (sent.get() < size) {
                        connection.send(piece);
                        sent.addAndGet(piece.length);
                    }
                });
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Http3Client.Stream stream =
                    client.open(Http3Client.head("GET", "/")).reading(false).end();
            await().until(() -> proxy.slowClients() > 0);
            await().during(Duration.ofMillis(500)).until(() -> sent.get() < size);

            stream.reading(true);
            assertThat(stream.answer().body()).hasSize(size);
        }
    }

    @Test
    void aBackendThatDoesNotReadStopsTheClient() throws Exception {
        byte[] body = new byte[48 * 1024 * 1024];
        CountDownLatch go = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    go.await();
                    connection.readBytes(body.length);
                    connection.send(OK);
                });
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Http3Client.Stream stream = client.open(
                            Http3Client.head("POST", "/", "content-length", Integer.toString(body.length)))
                    .data(body)
                    .end();
            await().during(Duration.ofMillis(500)).until(() -> client.sentBytes() < body.length);
            // Another stream of the connection is not stopped by it.
            assertThat(client.open(Http3Client.head("TRACE", "/"))
                            .end()
                            .answer()
                            .status())
                    .isEqualTo("501");
            go.countDown();
            assertThat(stream.answer().body()).isEqualTo("ok");
        }
    }

    @Test
    void trailersAndInterimAnswersPass() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.readUntil("0\r\nx-sum: 7\r\n\r\n");
                    connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "2\r\nok\r\n0\r\nX-Count: 9\r\n\r\n");
                });
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Answer answer = client.open(Http3Client.head("POST", "/", "te", "trailers"))
                    .data("abc".getBytes(StandardCharsets.ISO_8859_1))
                    .section("x-sum", "7")
                    .endAfterSection()
                    .answer();

            assertThat(answer.interim()).hasSize(1);
            assertThat(answer.body()).isEqualTo("ok");
            assertThat(Http3Client.fields(Objects.requireNonNull(answer.trailers())))
                    .containsExactly(Map.entry("x-count", "9"));
            assertThat(backend.heads().get(0)).containsIgnoringCase("transfer-encoding: chunked");
        }
    }

    @Test
    void anAnswerMayComeBeforeTheRequestHasEnded() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
                    connection.readUntil("0\r\n\r\n");
                    connection.send("0\r\n\r\n");
                });
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Http3Client.Stream stream = client.open(Http3Client.head("POST", "/"));

            assertThat(String.valueOf(stream.awaitHead().status())).isEqualTo("200");
            assertThat(stream.end().answer().body()).isEqualTo("hi");
        }
    }

    @Test
    void aHeadRequestGetsTheLengthAndNoBody() throws Exception {
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Answer answer = client.open(Http3Client.head("HEAD", "/")).end().answer();

            assertThat(answer.field("content-length")).isEqualTo("1234");
            assertThat(answer.body()).isEmpty();
        }
    }

    @Test
    void aResetByTheClientEndsTheRequestAtTheBackend() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                    ended.set(true);
                });
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Http3Client.Stream stream =
                    client.open(Http3Client.head("POST", "/")).data(new byte[1000]);
            await().until(() -> backend.heads().size() == 1);

            stream.reset();

            await().untilTrue(ended);
            assertThat(client.open()).isTrue();
        }
    }

    /** Several times, for it depends on what the connection has room for when the client says so. */
    @RepeatedTest(5)
    void aClientThatWantsNoMoreOfAnAnswerEndsItAtTheBackend() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    try {
                        while (true) {
                            connection.send("400\r\n" + "x".repeat(1024) + "\r\n");
                        }
                    } finally {
                        ended.set(true);
                    }
                });
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Http3Client.Stream stream =
                    client.open(Http3Client.head("GET", "/")).end();
            stream.awaitHead();

            stream.reset();

            await().untilTrue(ended);
        }
    }

    /** There is nothing to write at the time, which is how the transport would tell. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClientThatWantsNoMoreOfAQuietResponseEndsItAtTheBackend(boolean begun) throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    if (begun) {
                        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
                    }
                    connection.drain();
                    ended.set(true);
                });
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Http3Client.Stream stream =
                    client.open(Http3Client.head("GET", "/")).end();
            await().until(() -> backend.heads().size() == 1);
            if (begun) {
                stream.awaitHead();
            }

            stream.reset();

            await().untilTrue(ended);
            assertThat(client.open()).isTrue();
        }
    }

    @Test
    void aQuietStreamOutlastsTheTimeAfterWhichAnIdleConnectionEnds() throws Exception {
        RunningProxy.Builder with = secured();
        with.keepAliveTimeout = Duration.ofSeconds(2);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                            + "Content-Type: text/event-stream\r\n\r\n1\r\na\r\n");
                    StalledHttpTests.pause(Duration.ofSeconds(5));
                    connection.send("1\r\nb\r\n0\r\n\r\n");
                });
                RunningProxy proxy = with.over(backend.uri());
                Http3Client client = connect(proxy)) {
            assertThat(client.get("/").body()).isEqualTo("ab");
            await().until(() -> !client.open());
        }
    }

    @Test
    void anAnswerThatBreaksOffIsReset() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n");
                });
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            assertThatThrownBy(() -> client.get("/"))
                    .isInstanceOfSatisfying(
                            ResetException.class,
                            reset -> assertThat(reset.code()).isEqualTo(Http3ErrorCode.H3_INTERNAL_ERROR.code()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        RawHttp2.CANCEL + ", H3_REQUEST_CANCELLED",
        RawHttp2.NO_ERROR + ", H3_INTERNAL_ERROR",
        RawHttp2.INTERNAL_ERROR + ", H3_INTERNAL_ERROR",
        "11, H3_EXCESSIVE_LOAD",
        "13, H3_VERSION_FALLBACK"
    })
    void theClientLearnsTheCodeWithWhichItsResponseWasBrokenOff(int sent, Http3ErrorCode received) throws Exception {
        RunningProxy.Builder with = secured();
        with.protocol = Protocol.H2C;
        CountDownLatch headRead = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    int stream = http2.readRequest();
                    http2.ok(stream, false);
                    headRead.await();
                    http2.reset(stream, sent);
                    connection.drain();
                });
                RunningProxy proxy = with.over(backend.uri());
                Http3Client client = connect(proxy)) {
            Http3Client.Stream stream =
                    client.open(Http3Client.head("GET", "/")).end();
            stream.awaitHead();
            headRead.countDown();

            assertThatThrownBy(stream::answer)
                    .isInstanceOfSatisfying(
                            ResetException.class,
                            reset -> assertThat(reset.code()).isEqualTo(received.code()));
        }
    }

    @Test
    void aLargeHeadGets431AndAVeryLargeOneEndsTheConnection() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            assertThat(client.get("/", "x-large", "x".repeat(60_000)).status()).isEqualTo("431");
            assertThat(client.get("/", "x-fits", "x".repeat(40_000)).status()).isEqualTo("200");
            assertThatThrownBy(() -> client.get("/", "x-large", "x".repeat(200_000)))
                    .isInstanceOf(Exception.class);
            await().until(() -> !client.open());
            assertThat(backend.heads()).hasSize(1);
        }
    }

    @Test
    void manyStreamsShareAConnection() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            for (int round = 0; round < 10; round++) {
                List<Http3Client.Stream> streams = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    streams.add(client.open(Http3Client.head("GET", "/" + i)).end());
                }
                for (Http3Client.Stream stream : streams) {
                    assertThat(stream.answer().body()).isEqualTo("ok");
                }
            }
            assertThat(backend.heads()).hasSize(500);
        }
    }

    @Test
    void aClientThatResetsStreamAfterStreamIsClosed() throws Exception {
        RunningProxy.Builder with = secured();
        with.resetLimit = 200;
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                });
                RunningProxy proxy = with.over(backend.uri());
                Http3Client client = connect(proxy)) {
            // It may have to wait until it may open more: then opening fails, and it tries again.
            await().pollInSameThread().until(() -> {
                assertThatThrownBy(() -> {
                            while (true) {
                                client.open(Http3Client.head("POST", "/")).reset();
                            }
                        })
                        .isInstanceOf(Exception.class);
                return !client.open();
            });
            assertThat(proxy.listenCounts().limit(Limit.RESETS)).isEqualTo(1);
        }
    }

    @Test
    void ordinaryCancellationsDoNotEndAConnection() throws Exception {
        RunningProxy.Builder with = secured();
        with.maxConnections = 1;
        CountDownLatch cancelled = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    cancelled.await();
                    connection.send(OK);
                });
                RunningProxy proxy = with.over(backend.uri());
                Http3Client client = connect(proxy)) {
            Http3Client.Stream slow =
                    client.open(Http3Client.head("GET", "/slow")).endAfterSection();
            await().until(() -> StalledHttpTests.backend(proxy).inFlight() == 1);
            for (int i = 0; i < 250; i++) {
                // It may have to wait until it may open more.
                await().ignoreExceptions()
                        .pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> {
                            client.open(Http3Client.head("POST", "/")).reset();
                            return true;
                        });
            }
            cancelled.countDown();

            assertThat(slow.answer().body()).isEqualTo("ok");
            assertThat(client.goAways()).isEmpty();
        }
    }

    @Test
    void aConnectionEndsAfterManyRequestsThatNeverEnded() throws Exception {
        RunningProxy.Builder with = secured();
        with.bodyLimit = DataSize.ofBytes(1);
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                Http3Client client = connect(proxy)) {
            for (int i = 0; i < 500; i++) {
                Http3Client.Stream stream = client.open(Http3Client.head("POST", "/", "content-length", "2"));
                assertThat(String.valueOf(stream.awaitHead().status())).isEqualTo("413");
            }
            await().until(() -> client.goAways().size() == 1);
            await().until(() -> !client.open());
        }
    }

    @Test
    void answersWithTlsSayWhereHttp3Is() throws Exception {
        Certificates local = Certificates.forName("localhost");
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, local.authority().getTrustManagers(), null);
        RunningProxy.Builder with = RunningProxy.with();
        with.served = List.of(local);
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RunningProxy plain = RunningProxy.over(backend.uri())) {
            for (HttpClient.Version version : HttpClient.Version.values()) {
                if (version.compareTo(HttpClient.Version.HTTP_2) > 0) {
                    continue;
                }
                HttpClient client =
                        HttpClient.newBuilder().version(version).sslContext(tls).build();
                HttpResponse<String> secure = client.send(
                        HttpRequest.newBuilder(URI.create("https://localhost:" + proxy.port() + "/"))
                                .build(),
                        BodyHandlers.ofString());
                assertThat(secure.version()).isEqualTo(version);
                assertThat(secure.headers().allValues("alt-svc"))
                        .containsExactly("h3=\":" + proxy.port() + "\"; ma=86400");
            }
            HttpResponse<String> open = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://localhost:" + plain.port() + "/"))
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(open.headers().allValues("alt-svc")).isEmpty();
        }
    }

    @Test
    void theEndIsAnnouncedAndWhatRunsIsFinished() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    go.await();
                    connection.send(OK);
                });
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client client = connect(proxy)) {
            Http3Client.Stream stream =
                    client.open(Http3Client.head("GET", "/")).end();
            await().until(() -> backend.heads().size() == 1);

            proxy.drain();

            await().untilAsserted(() -> assertThat(client.goAways()).containsExactly((1L << 62) - 4, 4L));
            go.countDown();
            assertThat(stream.answer().body()).isEqualTo("ok");
            await().until(() -> !client.open());
        }
    }

    @Test
    void aClientGetsTheCertificateOfTheNameItAsksFor() throws Exception {
        RunningProxy.Builder with = secured();
        with.served = List.of(SHOP, OTHER);
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri())) {
            try (Http3Client first = Http3Client.connect(proxy.port(), SHOP, "shop.example");
                    Http3Client other = Http3Client.connect(proxy.port(), OTHER, "other.example");
                    Http3Client nameless = Http3Client.connect(proxy.port(), SHOP, null)) {
                assertThat(first.serverCertificate()).isEqualTo(SHOP.certificate());
                assertThat(other.serverCertificate()).isEqualTo(OTHER.certificate());
                assertThat(nameless.serverCertificate()).isEqualTo(SHOP.certificate());
                assertThat(other.get("/").body()).isEqualTo("ok");
                assertThat(nameless.get("/").body()).isEqualTo("ok");
            }
        }
    }

    @Test
    void aNewCertificateServesNewConnections() throws Exception {
        Certificates next = Certificates.forName("shop.example");
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = secured().over(backend.uri());
                Http3Client before = connect(proxy)) {
            proxy.serve(next);

            try (Http3Client after = Http3Client.connect(proxy.port(), next, "shop.example")) {
                assertThat(after.serverCertificate()).isEqualTo(next.certificate());
                assertThat(after.get("/").body()).isEqualTo("ok");
            }
            assertThat(before.get("/").body()).isEqualTo("ok");
        }
    }

    @Test
    void aClientWithoutTheCertificateThatIsRequiredGetsNoAnswer() throws Exception {
        Certificates known = Certificates.forName("client");
        for (List<Certificates> served : List.of(List.of(SHOP), List.of(SHOP, OTHER))) {
            RunningProxy.Builder with = secured();
            with.served = served;
            with.clientAuth = ClientAuth.NEED;
            with.clientCa = known;
            Certificates asked = served.get(served.size() - 1);
            String name = asked.equals(SHOP) ? "shop.example" : "other.example";
            try (RawBackend backend = RawBackend.answering(OK);
                    RunningProxy proxy = with.over(backend.uri())) {
                try (Http3Client client = Http3Client.connect(proxy.port(), asked, name, known)) {
                    assertThat(client.get("/").body()).isEqualTo("ok");
                    assertThat(backend.heads().get(0)).containsIgnoringCase("\r\nclient-cert: :");
                }
                for (Certificates wrong : new Certificates[] {null, Certificates.forName("stranger")}) {
                    assertThatThrownBy(() -> {
                                try (Http3Client client = Http3Client.connect(proxy.port(), asked, name, wrong)) {
                                    client.get("/");
                                }
                            })
                            .isInstanceOf(Exception.class);
                }
                assertThat(backend.heads()).hasSize(1);
            }
        }
    }
}
