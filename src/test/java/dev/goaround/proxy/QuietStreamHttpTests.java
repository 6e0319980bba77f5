package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.pool.Outcome;
import dev.goaround.pool.Protocol;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawHttp2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams that have nothing to say for a while are not cut off. */
class QuietStreamHttpTests {

    private static final Duration LIMIT = Duration.ofMillis(250);
    private static final Duration SILENCE = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/event-stream",
                "application/x-ndjson; charset=utf-8",
                "Application/JSON-Seq",
                "application/stream+json",
                "application/grpc-web+proto",
                "application/connect+json",
                "multipart/x-mixed-replace; boundary=x",
                "application/json;stream=watch"
            })
    void aResponseOfMessagesMayBeQuietBetweenThem(String type) throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.bodyTimeout = LIMIT;
        assertThat(quietInTheMiddle(with, type)).isEqualTo("onetwo");
    }

    @Test
    void anyOtherResponseMayBeWhereThereIsNoLimit() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.bodyTimeout = Duration.ZERO;
        with.responseTimeout = Duration.ZERO;
        with.clientBodyTimeout = Duration.ZERO;
        assertThat(quietInTheMiddle(with, "text/plain")).isEqualTo("onetwo");
    }

    @Test
    void anyOtherResponseIsCutBeyondItsLimit() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.bodyTimeout = LIMIT;
        assertThat(quietInTheMiddle(with, "application/json")).isEqualTo("one<cut>");
    }

    private static String quietInTheMiddle(RunningProxy.Builder with, String type) throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: " + type
                            + "\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
                    StalledHttpTests.pause(SILENCE);
                    connection.send("3\r\ntwo\r\n0\r\n\r\n");
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            return client.get("/").body();
        }
    }

    @Test
    void aResponseOfGrpcMayBeLate() throws Exception {
        List<Outcome> outcomes = new CopyOnWriteArrayList<>();
        RunningProxy.Builder with = RunningProxy.with();
        with.responseTimeout = LIMIT;
        with.protocol = Protocol.H2C;
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    int stream = http2.readRequest();
                    StalledHttpTests.pause(SILENCE);
                    http2.ok(stream, true);
                    connection.drain();
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            proxy.pool().observe((on, outcome, began) -> outcomes.add(outcome));
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nContent-Length: 1\r\n\r\nx");
            assertThat(client.read().status()).isEqualTo(200);
            await().atMost(PATIENCE).until(() -> outcomes.equals(List.of(new Outcome.Answered(200))));
        }
    }

    @Test
    void aClientMayBeQuietOnceTheResponseHasBegun() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.clientBodyTimeout = LIMIT;
        try (RawBackend backend = echoing();
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\none")
                    .readHead();
            assertThat(client.readBytes(3)).isEqualTo("one");
            StalledHttpTests.pause(SILENCE);
            client.send("t");
            StalledHttpTests.pause(SILENCE);

            assertThat(client.send("wo").readBytes(3)).isEqualTo("two");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/grpc", "application/grpc+proto"})
    void aClientOfGrpcMayBeQuietBefore(String type) throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.clientBodyTimeout = LIMIT;
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.readBytes(6);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: " + type + "\r\nContent-Length: 6\r\n\r\none");
            StalledHttpTests.pause(SILENCE);

            assertThat(client.send("two").read().status()).isEqualTo(200);
        }
    }

    @Test
    void theKernelAsksAfterBothEndsOfAConnectionThatIsQuiet() throws Exception {
        assumeThat(Path.of("/proc/net/tcp")).exists();
        try (RawBackend backend = echoing();
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\none")
                    .readHead();

            await().atMost(PATIENCE).until(() -> keptAlive(1, proxy.port()));
            await().atMost(PATIENCE).until(() -> keptAlive(2, backend.uri().getPort()));
        }
    }

    /** Whether a connection with that port at that end (1 the own, 2 the other) waits to ask after its peer within 15 s. */
    private static boolean keptAlive(int end, int port) throws IOException {
        String hex = String.format(Locale.ROOT, ":%04X", port);
        for (String file : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            for (String line : Files.readAllLines(Path.of(file))) {
                String[] fields = line.trim().split(" +", -1);
                // Timer 2 is that of keepalive; after it stands when, in hundredths of a second.
                boolean found = fields[end].endsWith(hex) && fields[3].equals("01") && fields[5].startsWith("02:");
                if (found && Long.parseLong(fields[5].substring(3), 16) <= 1_500) {
                    return true;
                }
            }
        }
        return false;
    }

    private static RawBackend echoing() {
        return RawBackend.running(connection -> {
            connection.readHead();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
            connection.send(connection.readBytes(3));
            connection.send(connection.readBytes(3));
        });
    }
}
