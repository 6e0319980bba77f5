package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.accesslog.AccessLogSettings;
import dev.goaround.accesslog.AccessLogSettings.Format;
import dev.goaround.settings.Cidr;
import dev.goaround.testing.Certificates;
import dev.goaround.testing.Http3Client;
import dev.goaround.testing.Patience;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.util.unit.DataSize;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;

/** Every request is logged once, whatever becomes of it. */
class AccessLogHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static final Certificates SHOP = Certificates.forName("shop.example");

    @TempDir
    Path folder;

    private final RunningProxy.Builder with = RunningProxy.with();
    private Path file;

    @BeforeEach
    void logRequests() {
        file = folder.resolve("access.log");
        log(Format.JSON);
    }

    private void log(Format format) {
        with.accessLog = new AccessLogSettings(format, true, file, DataSize.ofMegabytes(1), 1, 1024);
    }

    private List<String> lines() {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for these: an answer may be read before it is logged, and two of different connections are logged in any order. */
    private List<Map<String, Object>> logged(int requests) {
        await().until(() -> lines().size() >= requests);
        assertThat(lines()).hasSize(requests);
        return lines().stream()
                .map(line -> JsonParserFactory.getJsonParser().parseMap(line))
                .toList();
    }

    private Map<String, Object> logged() {
        return logged(1).get(0);
    }

    private static double number(Map<String, Object> entry, String name) {
        return entry.get(name) instanceof Number number ? number.doubleValue() : -1;
    }

    @Test
    void anAnswerIsLoggedWithItsParts() throws Exception {
        with.requestId = "X-Request-Id";
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.readBytes(3);
                    connection.send(OK);
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            String id = client.send("POST /a/b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nUser-Agent: me\r\n"
                            + "Referer: https://example.org/\r\n\r\nabc")
                    .read()
                    .values("X-Request-Id")
                    .get(0);
            Map<String, Object> entry = logged();

            assertThat(entry)
                    .containsEntry("requestId", id)
                    .containsEntry("client", "127.0.0.1")
                    .containsEntry("method", "POST")
                    .containsEntry("path", "/a/b")
                    .containsEntry("query", "c=d")
                    .containsEntry("protocol", "HTTP/1.1")
                    .containsEntry("status", 200)
                    .containsEntry("bytesIn", 3)
                    .containsEntry("bytesOut", 2)
                    .containsEntry("attempts", 1)
                    .containsEntry("backend", "127.0.0.1-" + backend.uri().getPort())
                    .containsEntry("userAgent", "me")
                    .containsEntry("referer", "https://example.org/")
                    .doesNotContainKeys("tlsVersion", "cancelled", "problem");
            double parts = number(entry, "queueMillis")
                    + number(entry, "connectMillis")
                    + number(entry, "firstByteMillis")
                    + number(entry, "bodyMillis");
            assertThat(parts).isPositive().isLessThanOrEqualTo(number(entry, "durationMillis") + 5);
            assertThat(number(entry, "connectMillis")).isPositive();
            assertThat(number(entry, "firstByteMillis")).isPositive();
        }
    }

    @Test
    void whatGoAroundAnswersItselfIsLogged() throws Exception {
        with.maxClients = 1;
        try (RunningProxy proxy = with.over()) {
            try (RawClient client = new RawClient(proxy.port())) {
                assertThat(client.get("/none").status()).isEqualTo(503);
                logged(1);
                try (RawClient other = new RawClient(proxy.port())) {
                    assertThat(other.read().status()).isEqualTo(503);
                }
                logged(2);
                assertThat(client.exchange("TRACE", "/trace").status()).isEqualTo(501);
            }
            List<Map<String, Object>> entries = logged(3);

            assertThat(entries.get(0))
                    .containsEntry("status", 503)
                    .containsEntry("path", "/none")
                    .containsEntry("attempts", 0)
                    .containsEntry("problem", "destination_unavailable")
                    .doesNotContainKey("backend");
            assertThat(entries.get(1))
                    .containsEntry("status", 503)
                    .containsEntry("problem", "connection_limit_reached")
                    .doesNotContainKeys("method", "path");
            assertThat(entries.get(2)).containsEntry("status", 501).containsEntry("problem", "http_request_denied");
        }
    }

    @Test
    void requestsThatCanNotBeReadAreLogged() throws Exception {
        with.bodyLimit = DataSize.ofBytes(10);
        try (RunningProxy proxy = with.over()) {
            answered(proxy, "nonsense\r\n\r\n", 400);
            logged(1);
            answered(proxy, "GET / HTTP/1.1\r\n\r\n", 400);
            logged(2);
            answered(proxy, "GET / HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(40_000) + "\r\n\r\n", 431);
            logged(3);
            answered(proxy, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n", 413);
            logged(4);
        }
        with.headerTimeout = Duration.ofMillis(200);
        try (RunningProxy proxy = with.over()) {
            answered(proxy, "GET / HT", 408);

            assertThat(logged(5)).extracting(entry -> entry.get("status")).containsExactly(400, 400, 431, 413, 408);
            assertThat(logged(5))
                    .allSatisfy(entry -> assertThat(number(entry, "bytesOut")).isPositive());
            assertThat(logged(5)).extracting(entry -> entry.get("path")).containsExactly(null, "/", null, "/", null);
        }
    }

    private static void answered(RunningProxy proxy, String request, int status) throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            assertThat(client.send(request).read().status()).isEqualTo(status);
        }
    }

    @Test
    void whyAnAnswerIsNotWholeIsLogged() throws Exception {
        try (RawBackend breaking = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok");
                });
                RunningProxy proxy = with.over(breaking.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get("/");

            assertThat(logged())
                    .containsEntry("status", 200)
                    .containsEntry("bytesOut", 2)
                    .containsEntry("cancelled", "backend_broke_off");
        }
    }

    @Test
    void aClientThatGoesAwayIsLogged() throws Exception {
        try (RawBackend silent = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                });
                RunningProxy proxy = with.over(silent.uri())) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                await().until(() -> !silent.heads().isEmpty());
                client.reset();
            }
            assertThat(logged()).containsEntry("status", 0).containsEntry("cancelled", "client_went_away");
        }
    }

    @Test
    @SuppressWarnings("try") // Its end is what this is about.
    void whatIsStillRunningAtTheEndIsLogged() throws Exception {
        try (RawBackend silent = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                });
                RunningProxy proxy = with.over(silent.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await().until(() -> !silent.heads().isEmpty());
            proxy.close();
            assertThat(logged()).containsEntry("cancelled", "shutdown");
        }
    }

    @Test
    void attemptsAreCounted() throws Exception {
        try (RawBackend bad = RawBackend.answering("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
                RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = with.over(bad.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get("/");
            client.get("/");

            assertThat(logged(2)).extracting(entry -> entry.get("attempts")).contains(2);
            assertThat(logged(2))
                    .extracting(entry -> entry.get("backend"))
                    .containsOnly("127.0.0.1-" + good.uri().getPort());
        }
    }

    @Test
    void aTunnelIsLoggedWhenItEnds() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(
                            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhello");
                    connection.drain();
                });
                RunningProxy proxy = with.over(backend.uri())) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
                        .readHead();
                assertThat(client.readBytes(5)).isEqualTo("hello");
                assertThat(lines()).isEmpty();
                client.send("abc");
            }
            assertThat(logged())
                    .containsEntry("status", 101)
                    .containsEntry("bytesOut", 5)
                    .doesNotContainKey("cancelled");
        }
    }

    @Test
    void requestsOfHttp2AreLogged() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri())) {
            HttpClient.newConnection()
                    .protocol(HttpProtocol.H2C)
                    .headers(headers -> headers.set("user-agent", "two"))
                    .get()
                    .uri("http://127.0.0.1:" + proxy.port() + "/two")
                    .responseSingle((head, body) -> body.asString())
                    .block(Patience.AMPLE);

            assertThat(logged())
                    .containsEntry("protocol", "HTTP/2")
                    .containsEntry("status", 200)
                    .containsEntry("path", "/two")
                    .containsEntry("userAgent", "two")
                    .containsEntry("bytesOut", 2);
        }
    }

    @Test
    void requestsOfHttp3AreLogged() throws Exception {
        with.served = List.of(SHOP);
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                Http3Client client = Http3Client.connect(proxy.port(), SHOP, "shop.example")) {
            client.get("/three");

            assertThat(logged())
                    .containsEntry("protocol", "HTTP/3")
                    .containsEntry("tlsVersion", "TLSv1.3")
                    .containsEntry("path", "/three");
        }
    }

    @Test
    void theClientIsTheOneThatATrustedProxyNames() throws Exception {
        with.trusted = List.of(Cidr.valueOf("127.0.0.1"));
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get("/", "X-Forwarded-For: 203.0.113.9, 198.51.100.4");
            client.exchange("TRACE", "/", "X-Forwarded-For: 203.0.113.9, 198.51.100.4");

            assertThat(logged(2)).extracting(entry -> entry.get("client")).containsOnly("198.51.100.4");
        }
    }

    @Test
    void aRefusedRequestNamesNoClientThatItsClientChose() throws Exception {
        with.trusted = List.of(Cidr.valueOf("127.0.0.1"));
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.exchange("TRACE", "/", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 198.51.100.4:51234, ,");

            assertThat(logged()).containsEntry("client", "198.51.100.4");
        }
    }

    @Test
    void theVersionOfTlsIsTheOneThatALoadBalancerInFrontSpeaks() throws Exception {
        with.proxyProtocol = List.of(Cidr.valueOf("127.0.0.1"));
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("\r\n\r\n\0\r\nQUIT\n!\u0011\0\36\u00c0\0\2\7\u00c0\0\2\1\23\u0088\1\u00bb"
                    + " \0\17\1\0\0\0\0!\0\7TLSv1.3");
            client.get("/");

            assertThat(logged()).containsEntry("client", "192.0.2.7").containsEntry("tlsVersion", "TLSv1.3");
        }
    }

    @Test
    void combinedLinesCanNotBeForged() throws Exception {
        log(Format.COMBINED);
        with.trusted = List.of(Cidr.valueOf("127.0.0.1"));
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get(
                    "/caf\u00c3\u00a9?\"",
                    "User-Agent: \" \\ \t\u00ff 127.0.0.1 - - [x] \"GET",
                    "X-Forwarded-For: 127.0.0.1\" - -");

            await().until(() -> lines().size() == 1);
            assertThat(lines().get(0))
                    .matches("127\\.0\\.0\\.1 - - \\[[^\\]]*\\] \"GET /caf\\\\xc3\\\\xa9\\?\\\\\" HTTP/1.1\""
                            + " 200 2 \"-\" \"\\\\\" \\\\\\\\ \\\\x09\\\\xff 127.0.0.1 - - \\[x\\] \\\\\"GET\"");
        }
    }
}
