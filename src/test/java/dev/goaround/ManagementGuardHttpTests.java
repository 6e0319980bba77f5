package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** What the management port refuses of the whole application, on a port of its own and on that of the traffic. */
class ManagementGuardHttpTests {

    private static final String TOKEN = "correct-horse-battery-staple";

    private static RawBackend backend;

    /** Without a token, with endpoints that can change something beside GoAround's own. */
    private static ConfigurableApplicationContext plain;

    /** With a token. */
    private static ConfigurableApplicationContext secured;

    /** With both ports in one. */
    private static ConfigurableApplicationContext shared;

    private static int plainPort;
    private static int securedPort;
    private static int sharedPort;

    @BeforeAll
    static void serve() throws IOException {
        backend = RawBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nbackend");
        plain = run("--server.port=0", "--management.server.port=0");
        plainPort = Integer.parseInt(plain.getEnvironment().getRequiredProperty("local.management.port"));
        secured = run("--server.port=0", "--management.server.port=0", "--goaround.management.token=" + TOKEN);
        securedPort = Integer.parseInt(secured.getEnvironment().getRequiredProperty("local.management.port"));
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            sharedPort = free.getLocalPort();
        }
        shared = run("--server.port=" + sharedPort, "--management.server.port=" + sharedPort);
    }

    private static ConfigurableApplicationContext run(String... flags) {
        return new SpringApplication(GoAroundApplication.class)
                .run(Stream.concat(
                                Stream.of(flags),
                                Stream.of(
                                        "--goaround.backends=" + backend.uri(),
                                        "--management.endpoints.web.exposure.include=*",
                                        "--management.endpoint.shutdown.access=unrestricted"))
                        .toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        Stream.of(plain, secured, shared).forEach(ConfigurableApplicationContext::close);
        backend.close();
    }

    private static Response ask(int port, String requestLine, String... fields) throws IOException {
        try (RawClient client = new RawClient(port)) {
            return client.send(requestLine + "\r\n" + Stream.of(fields).collect(Collectors.joining("\r\n"))
                            + (fields.length == 0 ? "" : "\r\n") + "Connection: close\r\n\r\n")
                    .read();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/goaround.js",
                "/actuator",
                "/actuator/goaround",
                "/actuator/goaround/live",
                "/actuator/goaround/overview",
                "/actuator/goaround/events",
                "/actuator/goaround/changes",
                "/actuator/prometheus",
                "/actuator/health",
                "/actuator/health/liveness",
                "/actuator/info",
                "/actuator/loggers",
                "/actuator/env",
                "/nothing"
            })
    void aBrowserThatWasLedHereByAnotherNameReadsNothing(String path) throws IOException {
        for (int port : new int[] {plainPort, securedPort}) {
            assertThat(ask(port, "GET " + path + " HTTP/1.1", "Host: evil.example")
                            .status())
                    .isEqualTo(403);
        }
        if (path.startsWith("/actuator")) {
            assertThat(ask(sharedPort, "GET " + path + " HTTP/1.1", "Host: evil.example")
                            .status())
                    .isEqualTo(403);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/actuator/%67oaround",
                "/actuator/goaround;x=1",
                "/actuator;x=1/goaround",
                "/%61ctuator/goaround",
                "/actuator/goaround/%63hanges",
                "/actuator/goaround/a%2Fb",
                "/actuator/./goaround",
                "/actuator/../actuator/goaround",
                "/actuator/goaround//a",
                "/actuator/%70rometheus",
                "/actuator/health;a=b",
            })
    void noOtherSpellingOfAPathPasses(String path) throws IOException {
        for (int port : new int[] {plainPort, securedPort, sharedPort}) {
            for (String host : List.of("localhost", "evil.example")) {
                assertThat(ask(port, "GET " + path + " HTTP/1.1", "Host: " + host)
                                .status())
                        .isEqualTo(400);
                assertThat(ask(port, "POST " + path + " HTTP/1.1", "Host: " + host, "Content-Length: 0")
                                .status())
                        .isEqualTo(400);
            }
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "POST   | /actuator/loggers/ROOT",
                "POST   | /actuator/shutdown",
                "POST   | /actuator/goaround",
                "PUT    | /actuator/goaround",
                "PATCH  | /actuator/goaround",
                "DELETE | /actuator/goaround/a-1",
                "DELETE | /actuator/caches",
                "POST   | /actuator/health",
                "POST   | /actuator/nothing",
            })
    void everyWriteNeedsTheTokenAndNoOtherSite(String method, String path) throws IOException {
        String line = method + " " + path + " HTTP/1.1";
        assertThat(ask(securedPort, line, "Host: localhost", "Content-Length: 0")
                        .status())
                .isEqualTo(401);
        assertThat(ask(securedPort, line, "Host: localhost", "Authorization: Bearer wrong", "Content-Length: 0")
                        .status())
                .isEqualTo(401);
        for (int port : new int[] {plainPort, securedPort, sharedPort}) {
            for (String site : List.of("Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site")) {
                assertThat(ask(
                                        port,
                                        line,
                                        "Host: localhost",
                                        site,
                                        "Authorization: Bearer " + TOKEN,
                                        "Content-Length: 0")
                                .status())
                        .isEqualTo(403);
            }
        }
        for (int port : new int[] {plainPort, sharedPort}) {
            assertThat(ask(port, line, "Host: localhost", "X-Forwarded-For: 192.0.2.1", "Content-Length: 0")
                            .status())
                    .isEqualTo(403);
        }
        assertThat(secured.isActive() && plain.isActive() && shared.isActive()).isTrue();
    }

    @Test
    void theTokenGivesTheRightToChangeLoggers() throws IOException {
        String body = "{\"configuredLevel\":\"DEBUG\"}";
        for (int port : new int[] {plainPort, securedPort, sharedPort}) {
            try (RawClient client = new RawClient(port)) {
                client.send(
                        "POST /actuator/loggers/nothing.of.this HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                + TOKEN + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                                + "\r\n\r\n"
                                + body);
                assertThat(client.read().status()).isEqualTo(204);
            }
        }
    }

    @Test
    void aWrongTokenIsCounted() throws IOException {
        double before = refusedTokens();
        ask(
                securedPort,
                "POST /actuator/nothing HTTP/1.1",
                "Host: localhost",
                "Authorization: Bearer wrong",
                "Content-Length: 0");
        ask(securedPort, "POST /actuator/nothing HTTP/1.1", "Host: localhost", "Content-Length: 0");
        assertThat(refusedTokens()).isEqualTo(before + 1);
    }

    private static double refusedTokens() throws IOException {
        String scrape = ask(securedPort, "GET /actuator/prometheus HTTP/1.1", "Host: localhost")
                .body();
        return scrape.lines()
                .filter(line -> line.startsWith("goaround_management_tokens_refused_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /actuator/health/liveness HTTP/1.0                      | Accept: */*          | 200",
                "GET /actuator/health/liveness HTTP/1.0                      | Host: evil.example   | 403",
                "GET /actuator/health/liveness HTTP/1.1                      | Accept: */*          | 400",
                "GET http://localhost/actuator/health/liveness HTTP/1.1      | Host: localhost      | 200",
                "GET http://evil.example/actuator/health/liveness HTTP/1.1   | Host: localhost      | 400",
                "GET http://evil.example/actuator/health/liveness HTTP/1.1   | Host: evil.example   | 403",
                "GET http://localhost/actuator/%68ealth HTTP/1.1             | Host: localhost      | 400",
                "GET ftp://localhost/actuator/health HTTP/1.1                | Host: localhost      | 400",
                "GET /actuator/health/liveness HTTP/1.1                      | Host: [::1]          | 200",
                "GET /actuator/health/liveness HTTP/1.1                      | Host: [::1]:3001     | 200",
                "GET /actuator/health/liveness HTTP/1.1                      | Host: localhost.:1   | 200",
                "GET /actuator/health/liveness HTTP/1.1                      | Host: evil.example.  | 403",
            })
    void theHostThatCountsIsTheOneThatTheRequestNames(String line, String field, int status) throws IOException {
        assertThat(ask(plainPort, line, field).status()).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/actuatorx",
                "//actuator/goaround",
                "/a;b=c/%67o//x/../y/%zz?q=%zz",
                "/x/actuator/goaround;x",
                "/%2factuator",
            })
    void onOnePortEverythingElseIsTheBackends(String path) throws IOException {
        for (String host : List.of("evil.example", "a[b", "%", "[::1")) {
            assertThat(ask(
                                    sharedPort,
                                    "POST " + path + " HTTP/1.1",
                                    "Host: " + host,
                                    "Origin: null",
                                    "Content-Length: 0")
                            .body())
                    .isEqualTo("backend");
            assertThat(backend.heads().get(backend.heads().size() - 1))
                    .startsWith("POST " + path + " HTTP/1.1\r\n")
                    .contains("Host: " + host + "\r\n", "Origin: null\r\n");
        }
    }

    @Test
    void onOnePortAnAbsoluteTargetIsRoutedByItsPath() throws IOException {
        assertThat(ask(sharedPort, "GET http://localhost/actuator/goaround HTTP/1.1", "Host: localhost")
                        .body())
                .contains("\"totals\"");
        assertThat(ask(sharedPort, "GET http://evil.example/actuator/goaround HTTP/1.1", "Host: evil.example")
                        .status())
                .isEqualTo(403);
    }

    static Stream<String> hostile() {
        String types = IntStream.range(0, 60).mapToObj(i -> "a/b" + i).collect(Collectors.joining(","));
        return Stream.of(
                        "Host: a[b",
                        "Host: %",
                        "Host: [::1",
                        "Host: a b",
                        "Host: a/b",
                        "Host: a@localhost",
                        "Host: localhost:99999999",
                        "Host: localhost:-1",
                        "Host: \u00e9",
                        "Accept: " + types,
                        "Accept: x",
                        "Accept: /",
                        "Accept: text/plain;q=x",
                        "Accept: text/plain;q=9",
                        "Accept: text/plain;charset=\"x",
                        "Accept: text/plain;charset=nothing",
                        "Accept: \u00e9/\u00ff",
                        "Accept: " + "a/".repeat(1000),
                        "Accept: text/event-stream",
                        "Accept: application/openmetrics-text; version=\"",
                        "Accept-Language: ;;q=x",
                        "Accept-Language: " + "x-".repeat(500),
                        "Accept-Charset: nothing",
                        "Accept-Encoding: \u00ff;q=",
                        "Content-Type: x",
                        "Content-Type: text/plain;charset=nothing",
                        "Content-Type: multipart/form-data",
                        "Content-Type: application/x-www-form-urlencoded",
                        "Content-Encoding: gzip",
                        "Range: bytes=9-1",
                        "Range: bytes=" + "0-1,".repeat(300),
                        "If-None-Match: \"",
                        "If-Match: W/",
                        "If-Modified-Since: yesterday",
                        "If-Range: x",
                        "Last-Event-ID: 99999999999999999999",
                        "Last-Event-ID: \u00e9",
                        "Cookie: =;;\"=\u00ff; a",
                        "Cookie: " + "a=b;".repeat(500),
                        "Authorization: Bearer",
                        "Authorization: \u00ff",
                        "Origin: http://[",
                        "Origin: \u00ff",
                        "Access-Control-Request-Method: \u00ff",
                        "Forwarded: for=\"[",
                        "X-Forwarded-Host: [",
                        "X-Forwarded-Port: x",
                        "X-HTTP-Method-Override: DELETE",
                        "Expect: nothing",
                        "Upgrade: h2c",
                        "traceparent: 00-x",
                        "X-HTTP-Method: BREW",
                        "Sec-Fetch-Site: \u00ff")
                .flatMap(field ->
                        Stream.of("GET", "POST").map(method -> method + " /actuator/goaround HTTP/1.1\n" + field));
    }

    static Stream<String> hostileTargets() {
        return Stream.of(
                        "/actuator/goaround?dry-run=%zz",
                        "/actuator/goaround?%",
                        "/actuator/goaround?%ff=%c3",
                        "/actuator/goaround?a=b=c&&=&",
                        "/actuator/goaround?" + "a=b&".repeat(900),
                        "/actuator/goaround/%zz",
                        "/actuator/goaround/%00",
                        "/actuator/goaround/%ed%a0%80",
                        "/actuator/goaround/%ff%fe",
                        "/actuator/goaround/{id}",
                        "/actuator/goaround/" + "a/".repeat(1500),
                        "/actuator/goaround/" + "%C3%A9".repeat(500),
                        "/actuator/loggers/%25",
                        "/actuator/health/%E2%80%AE",
                        "/actuator/prometheus?includedNames=%zz",
                        "/actuator/metrics/x?tag=x",
                        "/actuator/metrics/jvm.info?tag=x",
                        "/actuator/env/%24%7Bx%7D",
                        "/actuator/threaddump",
                        "/actuator/caches/x?cacheManager=a",
                        "/actuator/sbom/x",
                        "http://[/actuator/goaround",
                        "http://localhost:x/actuator/goaround",
                        "http:///actuator/goaround",
                        "*",
                        "localhost:80",
                        "/actuator/goaround#x",
                        "/actuator/goaround?<>\"",
                        "/actuator/\u00e9")
                .flatMap(target -> Stream.of("GET", "POST").map(method -> method + " " + target + " HTTP/1.1\n"));
    }

    static Stream<String> hostileBodies() {
        return Stream.of(
                        "",
                        "{",
                        "[]",
                        "null",
                        "\"x\"",
                        "{\"configuredLevel\":\"x\"}",
                        "{\"configuredLevel\":{}}",
                        "{\"configuredLevel\":1e999}",
                        "{\"url\":\"http://[\"}",
                        "\"\\ud800\"",
                        "\u00ff\u00fe",
                        "[".repeat(50_000),
                        "{\"a\":".repeat(50_000),
                        "1".repeat(50_000),
                        "\"" + "x".repeat(300_000) + "\"")
                .flatMap(body -> Stream.of("/actuator/goaround", "/actuator/goaround/a-1", "/actuator/loggers/x.y")
                        .flatMap(path -> Stream.of("application/json", "application/xml", "text/plain;charset=utf-16")
                                .map(type -> "POST " + path + " HTTP/1.1\nContent-Type: " + type
                                        + "\r\nContent-Length: " + body.length() + "\n" + body)));
    }

    static Stream<String> hostileFramings() {
        return Stream.of(
                "GET /actuator/goaround HTTP/1.1\nContent-Length: x",
                "GET /actuator/goaround HTTP/1.1\nContent-Length: 1, 2",
                "POST /actuator/goaround HTTP/1.1\nTransfer-Encoding: x",
                "GET /actuator/goaround HTTP/9.9\n",
                "GET /actuator/goaround\n",
                "\u0000\u0001\u0002\n",
                "GET /actuator/goaround HTTP/1.1\n: x",
                "GET /actuator/goaround HTTP/1.1\nX: " + "x".repeat(20_000),
                // Less and more than what is announced.
                "POST /actuator/goaround HTTP/1.1\nContent-Type: application/json\r\nContent-Length: 1\n[]",
                "POST /actuator/loggers/x HTTP/1.1\nContent-Type: application/json\r\nTransfer-Encoding: chunked\nxyz\r\n");
    }

    /** No stack trace and no name of a class reaches the client or the log, and at most one line the latter. */
    @ParameterizedTest
    @MethodSource({"hostile", "hostileTargets", "hostileBodies", "hostileFramings"})
    void whateverIsSentIsRefusedInASentence(String request) throws IOException {
        int line = request.indexOf('\n');
        int second = request.indexOf('\n', line + 2);
        while (second > 0 && request.charAt(second - 1) == '\r') {
            second = request.indexOf('\n', second + 1);
        }
        String field = request.substring(line + 1, second < 0 ? request.length() : second);
        String body = second < 0 ? "" : request.substring(second + 1);
        for (int port : new int[] {plainPort, sharedPort}) {
            Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
            ListAppender<ILoggingEvent> log = new ListAppender<>();
            log.list = new CopyOnWriteArrayList<>();
            log.start();
            root.addAppender(log);
            try (RawClient client = new RawClient(port)) {
                client.send(request.substring(0, line) + "\r\n" + (field.isEmpty() ? "" : field + "\r\n")
                        + (field.startsWith("Host:") ? "" : "Host: localhost\r\n")
                        + (request.startsWith("POST") && second < 0 && !field.startsWith("Transfer")
                                ? "Content-Length: 0\r\n"
                                : "")
                        + "Connection: close\r\n\r\n" + body);
                String head = client.readHead();
                if (!head.isEmpty()) {
                    assertThat(head).matches("(?s)HTTP/[0-9.]+ ([234]|505).*");
                    if (!head.contains("text/event-stream")) {
                        String text = new String(client.in().readAllBytes(), StandardCharsets.UTF_8);
                        if (!head.startsWith("HTTP/1.1 200")) {
                            assertThat(text)
                                    .doesNotContain(
                                            "\tat ", "Exception", "org.spring", "dev.goaround", "java.", "trace");
                        }
                    }
                }
            } catch (SocketException reset) {
                // What was not read of a body that was refused resets the connection.
                assertThat(body).hasSizeGreaterThan(1000);
            } finally {
                root.detachAppender(log);
            }
            List<ILoggingEvent> told = log.list.stream()
                    .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                    .toList();
            assertThat(told).hasSizeLessThan(2).allMatch(event -> event.getThrowableProxy() == null);
        }
    }
}
