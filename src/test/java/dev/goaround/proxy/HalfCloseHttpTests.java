package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that end their direction of a connection while they wait for responses. */
class HalfCloseHttpTests {

    private static final String GET = "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n";

    /** Answers with the target, once all of a body is there. */
    private static RawBackend echo(CountDownLatch go) {
        return RawBackend.running(connection -> {
            for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                if (head.startsWith("POST")) {
                    connection.readBytes(5);
                }
                go.await();
                String target = head.split(" ", -1)[1];
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + target.length() + "\r\n\r\n" + target);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /x HTTP/1.0\r\n\r\n",
                "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"
            })
    void aRequestThatWasReadWholeIsAnswered(String request) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (RawBackend backend = echo(go);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(request);
            await().until(() -> backend.heads().size() == 1);
            client.socket().shutdownOutput();
            go.countDown();

            RawClient.Response response = client.read();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("/x");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void theEndMayComeTogetherWithTheRequest() throws Exception {
        try (RawBackend backend = echo(new CountDownLatch(0));
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            for (int i = 0; i < 50; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    client.send(String.format(GET, "x"));
                    client.socket().shutdownOutput();

                    assertThat(client.read().body()).isEqualTo("/x");
                    assertThat(client.closedByServer()).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET /incompl", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"})
    void whatWasSentAheadIsAnsweredInOrderAndWhatIsNotWholeIsNot(String rest) throws Exception {
        try (RawBackend backend = echo(new CountDownLatch(0));
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            StringBuilder sent = new StringBuilder();
            for (int i = 0; i < 20; i++) {
                sent.append(String.format(GET, i));
            }
            client.send(sent + rest);
            client.socket().shutdownOutput();

            for (int i = 0; i < 20; i++) {
                RawClient.Response response = client.read();
                assertThat(response.body()).isEqualTo("/" + i);
                if (rest.isEmpty()) {
                    assertThat(response.values("Connection")).hasSize(i == 19 ? 1 : 0);
                }
            }
            assertThat(client.closedByServer()).isTrue();
            await().until(() -> StalledHttpTests.backend(proxy).inFlight() == 0);
        }
    }

    @Test
    void aClientThatReadsSlowlyGetsAllOfALargeResponse() throws Exception {
        int large = 20_000_000;
        CountDownLatch go = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    go.await();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + large + "\r\n\r\n");
                    connection.send(new byte[large]);
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = RawClient.withSmallBuffer(proxy.port())) {
            client.send(String.format(GET, "x"));
            await().until(() -> backend.heads().size() == 1);
            client.socket().shutdownOutput();
            go.countDown();
            await().until(() -> proxy.slowClients() == 1);

            client.socket().setReceiveBufferSize(1_000_000);
            client.readHead();
            assertThat(client.in().readNBytes(large)).hasSize(large);
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        try (RawBackend backend = echo(new CountDownLatch(0));
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port());
                RawClient silent = new RawClient(proxy.port())) {
            client.get("/");
            client.socket().shutdownOutput();
            assertThat(client.closedByServer()).isTrue();

            silent.socket().shutdownOutput();
            assertThat(silent.closedByServer()).isTrue();
        }
    }

    /** What the client does: ends its direction in the middle of a request, or resets the connection after that. */
    @ParameterizedTest
    @CsvSource({"true, false", "false, true"})
    void aClientThatIsGoneIsNoticed(boolean incomplete, boolean reset) throws Exception {
        CountDownLatch given = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                    given.countDown();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n" + (incomplete ? "he" : "hello"));
            await().until(() -> backend.heads().size() == 1);
            client.socket().shutdownOutput();
            if (reset) {
                client.reset();
            }

            await().until(() -> given.getCount() == 0);
            await().until(() -> StalledHttpTests.backend(proxy).inFlight() == 0);
        }
    }

    @Test
    void aClientThatIsGoneIsNoticedWhenItsResponseIsWritten() throws Exception {
        CountDownLatch given = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    left.await();
                    connection.send("HTTP/1.1 200 OK\r\n\r\n");
                    try {
                        while (true) {
                            connection.send(new byte[10_000]);
                        }
                    } finally {
                        given.countDown();
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(String.format(GET, "x"));
            await().until(() -> backend.heads().size() == 1);
            client.leave();
            left.countDown();

            await().until(() -> given.getCount() == 0);
            await().until(() -> StalledHttpTests.backend(proxy).inFlight() == 0);
        }
    }

    @Test
    void aClientMayBeTakenForGoneAtOnce() throws Exception {
        CountDownLatch given = new CountDownLatch(1);
        RunningProxy.Builder with = RunningProxy.with();
        with.abortOnClose = true;
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.drain();
                    given.countDown();
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(String.format(GET, "x"));
            await().until(() -> backend.heads().size() == 1);
            client.socket().shutdownOutput();

            assertThat(client.closedByServer()).isTrue();
            await().until(() -> given.getCount() == 0);
        }
    }

    @Test
    void theEndOfAClientThatWaitsForASwitchReachesTheBackendAfterIt() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    ended.await();
                    connection.send("HTTP/1.1 101 Switching\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\n");
                    connection.send("got " + connection.drain());
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\nearly");
            client.socket().shutdownOutput();
            await().until(() -> backend.heads().size() == 1);
            ended.countDown();

            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(new String(client.in().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .isEqualTo("got 5");
        }
    }
}
