package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.health.HealthSettings;
import dev.goaround.health.ProbeResult;
import dev.goaround.http.ReadSizes;
import dev.goaround.http2.WindowBudget;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.MaxConnections;
import dev.goaround.testing.Certificates;
import dev.goaround.testing.FullListener;
import dev.goaround.testing.HeldPort;
import dev.goaround.testing.LoopbackNames;
import dev.goaround.testing.Patience;
import dev.goaround.testing.Pools;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Headers;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import reactor.netty.resources.LoopResources;

class HttpProbeHttpTests {

    private static final Duration TIMEOUT = Duration.ofMillis(400);

    private static final Certificates LOCALHOST = Certificates.forName("localhost");
    private static final Certificates ELSEWHERE = Certificates.forName("elsewhere.test");

    private static final UpstreamSettings UPSTREAM = new UpstreamSettings(
            MaxConnections.valueOf(1),
            Patience.NEVER,
            Patience.NEVER,
            Patience.NEVER,
            Patience.NEVER,
            null,
            null,
            null,
            Duration.ofSeconds(60),
            DataSize.ofKilobytes(64),
            dev.goaround.pool.Protocol.AUTO,
            null,
            null,
            null,
            null,
            null,
            "1.2",
            true,
            false);
    private static final LoopResources LOOPS = LoopResources.create("probe-test", 1, true);

    private final MockWebServer server = new MockWebServer();

    @BeforeEach
    void start() throws IOException {
        server.start(InetAddress.getLoopbackAddress(), 0);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void asksForHealthUnderTheBasePathOverAConnectionOfItsOwn() throws Exception {
        server.enqueue(new MockResponse(200, Headers.of(), ""));
        server.enqueue(new MockResponse(200, Headers.of(), ""));
        ProbeResult result = probe(url("/base/a%20b/"), settings(Patience.NEVER));
        probe(url(""), settings(Patience.NEVER));

        assertThat(result.passed()).isTrue();
        assertThat(result.detail()).isEqualTo("200");
        assertThat(result.took()).isGreaterThanOrEqualTo(Duration.ZERO);

        RecordedRequest first = taken();
        assertThat(first.getMethod()).isEqualTo("GET");
        assertThat(first.getTarget()).isEqualTo("/base/a%20b/health");
        Headers headers = first.getHeaders();
        assertThat(headers.get("Host")).isEqualTo("127.0.0.1:" + server.getPort());
        assertThat(headers.get("User-Agent")).isEqualTo("GoAround-Health");
        assertThat(headers.get("Connection")).isEqualToIgnoringCase("close");
        assertThat(headers.get("Accept-Encoding")).isNull();
        RecordedRequest second = taken();
        assertThat(second.getTarget()).isEqualTo("/health");
        assertThat(second.getConnectionIndex()).isNotEqualTo(first.getConnectionIndex());
    }

    @ParameterizedTest(name = "{0} with path {1} and expect {2} passes: {3}")
    @CsvSource({
        "200, ,      ,        true",
        "301, ,      ,        true", // not followed
        "404, ,      ,        true",
        "499, ,      ,        true",
        "500, ,      ,        false",
        "503, ,      ,        false",
        "204, /live, ,        true",
        "302, /live, ,        false",
        "404, /live, ,        false",
        "404, ,      '200-299, 404', true",
        "405, ,      '200-299, 404', false",
        "503, ,      503,     true",
    })
    void passesByStatus(int status, @Nullable String path, @Nullable String expect, boolean passes) throws Exception {
        server.enqueue(new MockResponse(status, Headers.of("Location", "/elsewhere"), ""));
        ProbeResult result = probe(url(""), settings(path, expect));

        assertThat(result.passed()).isEqualTo(passes);
        assertThat(result.detail()).isEqualTo(Integer.toString(status));
        assertThat(taken().getTarget()).isEqualTo(path == null ? "/health" : path);
        assertThat(server.getRequestCount()).isOne();
    }

    @ParameterizedTest(name = "{0} {1} is {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "application/json | {\"state\": \"degraded\"} | state: degraded",
                "application/json; charset=utf-8 | {\"a\": {}, \"state\": \"Degraded\"} | state: degraded",
                "application/vnd.spring-boot.actuator.v3+json | {\"status\": \"DOWN\"} | status: DOWN",
                "Application/JSON | {\"status\": \"OUT_OF_SERVICE\"} | status: OUT_OF_SERVICE",
                "application/json | {\"status\": \"UP\"} | 200",
                "application/json | {\"status\": \"UNKNOWN\", \"state\": \"healthy\"} | 200",
                "application/json | {\"components\": {\"db\": {\"status\": \"DOWN\"}}} | 200",
                "application/json | {\"status\": {\"x\": 1}, \"state\": [\"degraded\"]} | 200",
                "application/json | [\"DOWN\"] | 200",
                "application/json | \"DOWN\" | 200",
                "application/json | {\"status\": \"DOWN\" | 200", // cut off
                "application/json | not json | 200",
                "application/json | '' | 200",
                "text/plain | {\"status\": \"DOWN\"} | 200",
                " | {\"status\": \"DOWN\"} | 200",
            })
    void believesABackendThatCallsItselfDown(@Nullable String type, String body, String detail) throws Exception {
        Headers headers = type == null ? Headers.of() : Headers.of("Content-Type", type);
        server.enqueue(new MockResponse(200, headers, body));
        ProbeResult result = probe(url(""), settings(Patience.NEVER));

        assertThat(result.detail()).isEqualTo(detail);
        assertThat(result.passed()).isEqualTo(detail.equals("200"));
    }

    @Test
    void believesADownReportWhateverTheExpectedStatus() throws Exception {
        server.enqueue(new MockResponse(503, Headers.of("Content-Type", "application/json"), "{\"status\":\"DOWN\"}"));

        assertThat(probe(url(""), settings(null, "503")).detail()).isEqualTo("status: DOWN");
    }

    @Test
    void readsABodyThatComesInPieces() throws Exception {
        server.enqueue(new MockResponse.Builder()
                .addHeader("Content-Type", "application/json")
                .chunkedBody("{\"status\": \"DOWN\", \"filler\": \"" + "x".repeat(40_000) + "\"}", 700)
                .build());

        assertThat(probe(url(""), settings(Patience.NEVER)).detail()).isEqualTo("status: DOWN");
    }

    @Test
    void readsNoMoreThanTheBeginningOfAnEndlessBody() throws Exception {
        byte[] chunk = ("2000\r\n" + " ".repeat(0x2000) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        RawBackend.Script endless = client -> {
            client.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                            .getBytes(StandardCharsets.ISO_8859_1));
            while (true) {
                client.getOutputStream().write(chunk);
            }
        };
        try (RawBackend backend = new RawBackend(endless)) {
            ProbeResult result = probe("http://localhost:" + backend.port(), settings(Patience.NEVER));

            assertThat(result.detail()).isEqualTo("200");
            backend.closedByClient.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Ty",
                "HTTP/1.1 103 Early Hints\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
                "",
            })
    void failsWhatNeverEnds(String answer) throws Exception {
        try (RawBackend backend = RawBackend.sending(answer)) {
            ProbeResult result = probe("http://localhost:" + backend.port());

            assertThat(result.passed()).isFalse();
            assertThat(result.detail()).isEqualTo("timed out after 400ms");
            backend.closedByClient.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @CsvSource({"200, true", "503, false"})
    void looksPastInterimResponses(int status, boolean passes) throws Exception {
        String hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
        String answer = "HTTP/1.1 100 Continue\r\n\r\n" + hints + hints + "HTTP/1.1 102 Processing\r\n\r\n"
                + "HTTP/1.1 " + status + " X\r\nContent-Length: 2\r\n\r\nok";
        try (RawBackend backend = RawBackend.sending(answer)) {
            ProbeResult result = probe("http://localhost:" + backend.port(), settings(Patience.NEVER));

            assertThat(result.detail()).isEqualTo(Integer.toString(status));
            assertThat(result.passed()).isEqualTo(passes);
        }
    }

    @Test
    void callsARefusedConnectionRefused() throws Exception {
        try (HeldPort nobody = HeldPort.take()) {
            ProbeResult result = probe(nobody.uri().toString(), settings(Patience.NEVER));

            assertThat(result.passed()).isFalse();
            assertThat(result.detail()).isEqualTo("refused");
        }
    }

    @Test
    void callsAnUnknownNameNotResolved() {
        assertThat(probe("http://no-such-backend.invalid:80", settings(Patience.NEVER))
                        .detail())
                .isEqualTo("name not resolved");
    }

    @ParameterizedTest(name = "[{index}] {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | closed without an answer",
                "'HTTP/1.1 200 OK~Content-Length: 10~~five!' | closed during its answer",
                "'SSH-2.0-OpenSSH_9.6~' | not HTTP",
                "'HTTP/1.1 abc OK~~' | not HTTP",
            })
    void namesABrokenAnswer(String answer, String detail) throws Exception {
        RawBackend.Script script = client -> {
            send(client, answer.replace("~", "\r\n"));
            client.close();
        };
        try (RawBackend backend = new RawBackend(script)) {
            ProbeResult result = probe("http://localhost:" + backend.port(), settings(Patience.NEVER));

            assertThat(result.passed()).isFalse();
            assertThat(result.detail()).isEqualTo(detail);
            assertThat(backend.heads).as("not repeated").hasSize(1);
        }
    }

    @Test
    void callsAResetConnectionReset() throws Exception {
        RawBackend.Script script = client -> {
            client.setSoLinger(true, 0);
            client.close();
        };
        try (RawBackend backend = new RawBackend(script)) {
            assertThat(probe("http://localhost:" + backend.port(), settings(Patience.NEVER))
                            .detail())
                    .isEqualTo("reset");
        }
    }

    @Test
    void acceptsABodyThatEndsWithTheConnection() throws Exception {
        RawBackend.Script script = client -> {
            send(client, "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"status\":\"DOWN\"}");
            client.close();
        };
        try (RawBackend backend = new RawBackend(script)) {
            assertThat(probe("http://localhost:" + backend.port(), settings(Patience.NEVER))
                            .detail())
                    .isEqualTo("status: DOWN");
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "trusted | 200",
                "unknown | TLS: certificate not trusted",
                "system | TLS: certificate not trusted",
                "other name | TLS: certificate is for another name",
            })
    void verifiesTheCertificatesOfHttpsBackends(String certificate, String detail) throws Exception {
        Certificates served = certificate.equals("other name") ? ELSEWHERE : LOCALHOST;
        Certificates authority = certificate.equals("unknown") ? ELSEWHERE : served;
        SslContext ssl = certificate.equals("system")
                ? null
                : SslContextBuilder.forClient()
                        .trustManager(authority.authority())
                        .build();
        try (MockWebServer secure = new MockWebServer()) {
            secure.useHttps(served.server().getSocketFactory());
            secure.setProtocols(List.of(Protocol.HTTP_1_1));
            secure.start(InetAddress.getLoopbackAddress(), 0);
            secure.enqueue(new MockResponse(200, Headers.of(), ""));
            ProbeResult result = probe("https://localhost:" + secure.getPort(), settings(Patience.NEVER), ssl);

            assertThat(result.detail()).isEqualTo(detail);
            assertThat(result.passed()).isEqualTo(detail.equals("200"));
        }
    }

    @Test
    void saysThatABackendDoesNotSpeakTls() throws Exception {
        try (RawBackend backend = RawBackend.greeting("HTTP/1.1 400 Bad Request\r\n\r\n")) {
            assertThat(probe("https://localhost:" + backend.port(), settings(Patience.NEVER))
                            .detail())
                    .isEqualTo("TLS: the backend does not speak it");
        }
    }

    @Test
    void boundsAHandshakeThatNeverEnds() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(probe("https://localhost:" + silent.getLocalPort()).detail())
                    .isEqualTo("timed out after 400ms");
        }
    }

    private String url(String basePath) {
        return "http://127.0.0.1:" + server.getPort() + basePath;
    }

    private RecordedRequest taken() throws InterruptedException {
        return Objects.requireNonNull(
                server.takeRequest(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS), "no request came");
    }

    private static void send(Socket client, String text) throws IOException {
        client.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void aHostPassesWhoseFirstAddressDropsPackets() throws Exception {
        try (RawBackend backend = RawBackend.sending("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                FullListener full = new FullListener(backend.port())) {
            ProbeResult result = probe(
                    "http://app.test:" + backend.port(),
                    settings(Patience.NEVER),
                    null,
                    LoopbackNames.of(full.address(), "127.0.0.1"));

            assertThat(result.passed()).isTrue();
        }
    }

    private static ProbeResult probe(String url) {
        return probe(url, settings(TIMEOUT));
    }

    private static ProbeResult probe(String url, HealthSettings settings) {
        return probe(url, settings, null);
    }

    private static ProbeResult probe(String url, HealthSettings settings, @Nullable SslContext ssl) {
        return probe(url, settings, ssl, LoopbackNames.RESOLVER);
    }

    private static ProbeResult probe(
            String url, HealthSettings settings, @Nullable SslContext ssl, HostResolver resolver) {
        BackendPool pool = new BackendPool(Balancers.named("round-robin").orElseThrow(), Clock.systemUTC());
        Backend backend = Pools.fill(pool, Pools.spec(url)).get(0);
        Dialers dialers = new Dialers(
                () -> UPSTREAM,
                LOOPS,
                new ReadSizes(),
                WindowBudget.none(),
                protocol -> ssl == null ? new UpstreamTls(UPSTREAM).context(protocol) : ssl,
                resolver);
        HttpProbe probe = new HttpProbe(dialers, () -> settings, Clock.systemUTC());
        return Objects.requireNonNull(probe.probe(backend).block(Patience.AMPLE), "no result");
    }

    private static HealthSettings settings(Duration timeout) {
        return new HealthSettings(
                null, null, Patience.NEVER, Patience.NEVER, timeout, 2, HealthSettings.Type.HTTP, null, true, false);
    }

    /** With a time-out that a passing test never meets. */
    private static HealthSettings settings(@Nullable String path, @Nullable String expect) {
        return new HealthSettings(
                path,
                expect,
                Patience.NEVER,
                Patience.NEVER,
                Patience.NEVER,
                2,
                HealthSettings.Type.HTTP,
                null,
                true,
                false);
    }
}
