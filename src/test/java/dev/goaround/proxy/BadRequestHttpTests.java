package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.unit.DataSize;

/** Bad traffic stops at the wall: it is refused with its reason, the connection closes, and no backend sees it. */
class BadRequestHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @ParameterizedTest(name = "{1} gets {0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "400|GET / HTTP/1.1\\r\\n\\r\\n",
                "400|GET / HTTP/1.1\\r\\nHost: a\\r\\nHost: a\\r\\n\\r\\n",
                "400|GET / HTTP/1.1\\r\\nHost: a b\\r\\n\\r\\n",
                "400|GET / HTTP/1.1\\r\\nHost: u@a\\r\\n\\r\\n",
                "400|GET / HTTP/1.1\\r\\nHost: a:b;c\\r\\n\\r\\n",
                "400|GET http://a\";for=6.6.6.6;x=\"b/ HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
                "400|GET /\u0001 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
                "400|GET /\u007f HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
                "400|GET /a%00b HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
                "400|GET ftp://a/ HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
                "400|GET * HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
                "400|POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
                "400|POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 1\\r\\nContent-Length: 2\\r\\n\\r\\nab",
                "400|POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: +1\\r\\n\\r\\na",
                "400|POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked, chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
                "400|POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: xchunked\\r\\n\\r\\n0\\r\\n\\r\\n",
                "400|GET / HTTP/1.1\\r\\nHost: a\\r\\nX : 1\\r\\n\\r\\n",
                "400|GET / HTTP/1.1\\nHost: a\\n\\n",
                "505|GET / HTTP/2.0\\r\\nHost: a\\r\\n\\r\\n",
                "501|TRACE / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
                "501|CONNECT a:443 HTTP/1.1\\r\\nHost: a:443\\r\\n\\r\\n",
            })
    void refusesWhatIsMalformed(int status, String request) throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response response = client.send(request.replace("\\r", "\r").replace("\\n", "\n"))
                    .read();

            assertThat(response.status()).isEqualTo(status);
            assertThat(response.values("Proxy-Status")).hasSize(1);
            assertThat(response.values("Connection")).containsExactly("close");
            assertThat(client.closedByServer()).isTrue();
            assertThat(backend.heads()).isEmpty();
        }
    }

    @Test
    void refusesALongRequestLineALargeHeaderAndTooManyFields() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            assertThat(status(proxy, "GET /" + "a".repeat(17_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .isEqualTo(414);
            assertThat(status(proxy, "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(33_000) + "\r\n\r\n"))
                    .isEqualTo(431);
            assertThat(status(proxy, "GET / HTTP/1.1\r\nHost: a\r\n" + "X: a\r\n".repeat(101) + "\r\n"))
                    .isEqualTo(431);
            assertThat(status(proxy, "GET / HTTP/1.1\r\nHost: a\r\n" + "X: a\r\n".repeat(100) + "\r\n"))
                    .isEqualTo(200);
        }
    }

    @Test
    void refusesABodyOverTheLimitWhetherAnnouncedOrNot() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.bodyLimit = DataSize.ofBytes(10);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                });
                RunningProxy proxy = with.over(backend.uri())) {
            assertThat(status(proxy, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"))
                    .isEqualTo(413);
            assertThat(status(
                            proxy,
                            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n"))
                    .isEqualTo(413);
        }
    }

    @Test
    void endsConnectionsThatAreTooSlow() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.headerTimeout = Duration.ofMillis(150);
        with.clientBodyTimeout = Duration.ofMillis(150);
        // Long enough for a client that sends a request at once.
        with.keepAliveTimeout = Duration.ofSeconds(2);
        try (RawBackend backend = RawBackend.running(connection -> {
                    while (!connection.readHead().isEmpty()) {
                        connection.send(OK);
                    }
                });
                RunningProxy proxy = with.over(backend.uri())) {
            assertThat(status(proxy, "GET / HTTP/1.1\r\nHost: ")).as("head").isEqualTo(408);
            try (RawClient silent = new RawClient(proxy.port())) {
                assertThat(silent.closedByServer()).as("silent").isTrue();
            }
            try (RawClient idle = new RawClient(proxy.port())) {
                assertThat(idle.get("/").status()).isEqualTo(200);
                assertThat(idle.closedByServer()).as("idle").isTrue();
            }
            try (RawBackend patient = RawBackend.running(RawBackend.Connection::drain);
                    RunningProxy other = with.over(patient.uri())) {
                assertThat(status(other, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"))
                        .as("body")
                        .isEqualTo(408);
            }
        }
    }

    private static int status(RunningProxy proxy, String request) throws Exception {
        try (RawClient client = new RawClient(proxy.port())) {
            return client.send(request).read().status();
        }
    }
}
