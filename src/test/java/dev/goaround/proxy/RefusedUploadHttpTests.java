package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import dev.goaround.pool.Protocol;
import dev.goaround.testing.Certificates;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawHttp2;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;

/** Backends that respond to uploads without reading them, and close: the response counts, not the upload that fails (RFC 9112 section 9.5). */
class RefusedUploadHttpTests {

    /** For each pair of protocols. */
    private static final int UPLOADS = Integer.getInteger("goaround.uploads", 5);

    private static final int LARGE = 30_000_000;
    private static final byte[] PIECE = new byte[65_536];
    private static final String REFUSAL = "too large";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Certificates KNOWN = Certificates.forName("localhost");

    private static final ApplicationProtocolConfig ALPN = new ApplicationProtocolConfig(
            ApplicationProtocolConfig.Protocol.ALPN,
            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
            ApplicationProtocolNames.HTTP_2,
            ApplicationProtocolNames.HTTP_1_1);

    enum Spoken {
        HTTP1,
        HTTPS1,
        H2C,
        H2;

        boolean secure() {
            return this == HTTPS1 || this == H2;
        }

        boolean multiplexed() {
            return this == H2C || this == H2;
        }
    }

    static Stream<Arguments> pairs() {
        return Stream.of(Spoken.values())
                .flatMap(client -> Stream.of(Spoken.values()).map(backend -> Arguments.of(client, backend)));
    }

    @ParameterizedTest(name = "from {0} to {1}")
    @MethodSource("pairs")
    void everyClientGetsTheResponseOfABackendThatRefusesItsUpload(Spoken client, Spoken backend) throws Exception {
        List<Outcome> outcomes = new CopyOnWriteArrayList<>();
        try (RawBackend refusing = refusing(backend);
                RunningProxy proxy = proxy(client, backend).over(refusing.uri())) {
            proxy.pool().observe((on, outcome, began) -> outcomes.add(outcome));
            for (int i = 0; i < UPLOADS; i++) {
                assertThat(upload(client, proxy.port()))
                        .as("upload %d after %s", i, outcomes)
                        .isEqualTo("413 " + REFUSAL);
            }
            await().atMost(PATIENCE).until(() -> outcomes.size() == UPLOADS);
            assertThat(outcomes).containsOnly(new Outcome.Answered(413));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
                "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.1 204 No Content\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nok",
            })
    void anUploadInChunksGetsTheResponseWhateverItsFraming(String response) throws Exception {
        try (RawBackend refusing = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.readBytes(4_096);
                    connection.send(response);
                });
                RunningProxy proxy = RunningProxy.over(refusing.uri())) {
            for (int i = 0; i < UPLOADS; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    Thread sender = sendChunks(client);
                    RawClient.Response received = client.read();
                    if (received.status() == 100) {
                        received = client.read();
                    }
                    assertThat(received.status()).isIn(413, 204, 401);
                    assertThat(received.body()).isIn("ok", "");
                    assertThat(received.values("Connection")).containsExactly("close");
                    client.leave();
                    sender.join();
                }
            }
        }
    }

    @Test
    void aResponseThatOnlyTheEndOfAResetConnectionDelimitsIsNotTakenForWhole() throws Exception {
        List<Outcome> outcomes = new CopyOnWriteArrayList<>();
        try (RawBackend refusing = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.readBytes(4_096);
                    connection.send("HTTP/1.0 413 Content Too Large\r\n\r\n" + REFUSAL);
                });
                RunningProxy proxy = RunningProxy.over(refusing.uri())) {
            proxy.pool().observe((on, outcome, began) -> outcomes.add(outcome));
            for (int i = 0; i < UPLOADS; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    Thread sender = sendChunks(client);
                    RawClient.Response received = client.read();
                    assertThat(received.status()).isEqualTo(413);
                    assertThat(received.body()).endsWith("<cut>");
                    client.leave();
                    sender.join();
                }
            }
            await().atMost(PATIENCE).until(() -> outcomes.size() == UPLOADS);
            assertThat(outcomes)
                    .allMatch(outcome -> outcome instanceof Failed failed
                            && failed.phase() == Phase.BODY
                            && failed.circumstances().uploading());
        }
    }

    @Test
    void aClientThatSendsItAllBeforeItReadsGetsALongResponse() throws Exception {
        byte[] body = new byte[8_000_000];
        try (RawBackend refusing = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: " + body.length
                            + "\r\n\r\n");
                    connection.send(body);
                    connection.halfClose();
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(refusing.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + LARGE + "\r\n\r\n");
            for (int sent = 0; sent < LARGE; sent += PIECE.length) {
                client.socket().getOutputStream().write(PIECE, 0, Math.min(PIECE.length, LARGE - sent));
            }

            assertThat(client.readHead()).startsWith("HTTP/1.1 403 ");
            assertThat(client.in().readNBytes(body.length)).hasSize(body.length);
        }
    }

    @Test
    void aFinalResponseInsteadOf100PassesAndNothingIsSent() throws Exception {
        try (RawBackend refusing = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(
                            "HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
                });
                RunningProxy proxy = RunningProxy.over(refusing.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(417);
        }
    }

    @Test
    void withoutAResponseItIs502AndTheOutcomeSaysThatTheUploadWasUnderWay() throws Exception {
        List<Outcome> outcomes = new CopyOnWriteArrayList<>();
        try (RawBackend refusing = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.readBytes(4_096);
                });
                RunningProxy proxy = RunningProxy.over(refusing.uri())) {
            proxy.pool().observe((on, outcome, began) -> outcomes.add(outcome));
            for (int i = 0; i < UPLOADS; i++) {
                assertThat(upload(Spoken.HTTP1, proxy.port())).startsWith("502 ");
            }
            assertThat(outcomes).hasSize(UPLOADS).allSatisfy(outcome -> {
                Failed failed = (Failed) outcome;
                assertThat(failed.kind()).isEqualTo(Kind.CLOSED);
                assertThat(failed.phase()).isEqualTo(Phase.WRITE);
                assertThat(failed.circumstances().uploading()).isTrue();
            });
        }
    }

    @Test
    void anUploadThatCanBeSentAgainGoesToTheNextBackendOnlyWithoutAResponse() throws Exception {
        AtomicInteger reset = new AtomicInteger();
        try (RawBackend silent = RawBackend.running(connection -> {
                    connection.readHead();
                    reset.incrementAndGet();
                    connection.reset();
                });
                RawBackend refusing = refusing(Spoken.HTTP1);
                RunningProxy proxy = RunningProxy.over(silent.uri(), refusing.uri())) {
            for (int i = 0; i < 10; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + "x".repeat(60_000));
                    assertThat(client.read().status()).isEqualTo(413);
                }
            }
            assertThat(reset).hasPositiveValue();
        }
    }

    private static Thread sendChunks(RawClient client) throws IOException {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        String chunk = "10000\r\n" + "x".repeat(65_536) + "\r\n";
        Thread sender = new Thread(() -> {
            try {
                for (int sent = 0; sent < LARGE; sent += PIECE.length) {
                    client.send(chunk);
                }
            } catch (IOException gone) {
                // As above.
            }
        });
        sender.start();
        return sender;
    }

    /** Reads a little, responds, and closes while most of what was sent is unread, so that the kernel resets the connection. */
    private static RawBackend refusing(Spoken spoken) {
        RawBackend.Script script = spoken.multiplexed()
                ? connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection).window(LARGE);
                    int stream = http2.readRequest();
                    http2.read(0);
                    http2.head(stream, 413, false)
                            .data(stream, REFUSAL.getBytes(StandardCharsets.US_ASCII), true)
                            .goAway(stream);
                }
                : connection -> {
                    connection.readHead();
                    connection.readBytes(4_096);
                    connection.send("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: "
                            + REFUSAL.length() + "\r\n\r\n" + REFUSAL);
                };
        return spoken.secure()
                ? RawBackend.secure(KNOWN.server(), spoken.multiplexed() ? "h2" : "http/1.1", script)
                : RawBackend.running(script);
    }

    private static RunningProxy.Builder proxy(Spoken client, Spoken backend) throws SSLException {
        RunningProxy.Builder with = RunningProxy.with();
        with.responseTimeout = PATIENCE;
        with.protocol = backend == Spoken.H2C ? Protocol.H2C : Protocol.AUTO;
        if (backend.secure()) {
            with.tls = SslContextBuilder.forClient()
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .applicationProtocolConfig(ALPN)
                    .build();
        }
        if (client.secure()) {
            with.served = List.of(KNOWN);
        }
        return with;
    }

    /** Returns status and body. */
    private static String upload(Spoken spoken, int port) throws Exception {
        return spoken.multiplexed() ? uploadOnStream(spoken, port) : uploadOnConnection(spoken, port);
    }

    private static String uploadOnConnection(Spoken spoken, int port) throws Exception {
        try (RawClient client = spoken.secure() ? secureClient(port) : new RawClient(port)) {
            client.send("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + LARGE + "\r\n\r\n");
            Thread sender = new Thread(() -> {
                try {
                    for (int sent = 0; sent < LARGE; sent += PIECE.length) {
                        client.socket().getOutputStream().write(PIECE, 0, Math.min(PIECE.length, LARGE - sent));
                    }
                } catch (IOException gone) {
                    // The client has had its response, or finds out that there is none.
                }
            });
            sender.start();
            RawClient.Response response = client.read();
            client.leave();
            sender.join();
            return response.head().isEmpty() ? "cut" : response.status() + " " + response.body();
        }
    }

    private static RawClient secureClient(int port) throws Exception {
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, KNOWN.authority().getTrustManagers(), null);
        return new RawClient(tls.getSocketFactory().createSocket("localhost", port));
    }

    private static String uploadOnStream(Spoken spoken, int port) throws SSLException {
        HttpClient client = HttpClient.newConnection()
                .protocol(spoken.secure() ? HttpProtocol.H2 : HttpProtocol.H2C)
                .baseUrl((spoken.secure() ? "https" : "http") + "://localhost:" + port);
        if (spoken.secure()) {
            SslContext tls = SslContextBuilder.forClient()
                    .trustManager(KNOWN.authority())
                    .applicationProtocolConfig(ALPN)
                    .build();
            client = client.secure(ssl -> ssl.sslContext(tls));
        }
        return String.valueOf(client.put()
                .uri(URI.create("/").toString())
                .send((request, out) ->
                        out.send(Flux.range(0, LARGE / PIECE.length).map(i -> Unpooled.wrappedBuffer(PIECE))))
                .responseSingle((head, body) ->
                        body.asString().map(text -> head.status().code() + " " + text))
                .onErrorResume(
                        e -> reactor.core.publisher.Mono.just(String.valueOf(e).toLowerCase(Locale.ROOT)))
                .block(PATIENCE));
    }
}
