package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Outcome;
import dev.goaround.testing.Patience;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that pause, stall or never read: nobody else is blamed for it, nothing hangs, and nothing is lost. */
class StalledHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final int LARGE = 6_000_000;

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"})
    void aClientThatPausesBeforeItReadsGetsTheWholeAnswer(String request) throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
                    connection.send(new byte[LARGE]);
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(request).readHead();
            pause(Duration.ofMillis(2_600));

            assertThat(client.in().transferTo(OutputStream.nullOutputStream())).isEqualTo(LARGE);
        }
    }

    @Test
    void theMoreClientsAreSlowTheLessIsReadForEach() throws Exception {
        List<RawClient> slow = new ArrayList<>();
        RunningProxy.Builder with = RunningProxy.with();
        byte[] body = new byte[LARGE];
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\nConnection: close\r\n\r\n");
                    connection.send(body);
                });
                RunningProxy proxy = with.over(backend.uri())) {
            int most = proxy.mostPerRead();
            for (int i = 0; i < 300; i++) {
                slow.add(RawClient.withSmallBuffer(proxy.port()).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
            }
            await().until(() -> proxy.mostPerRead() < most);
            RawClient reading = slow.get(299);
            reading.readHead();
            assertThat(reading.in().readNBytes(LARGE)).hasSize(LARGE);

            for (RawClient client : slow) {
                client.close();
            }
            await().until(() -> proxy.mostPerRead() == most);
        } finally {
            for (RawClient client : slow) {
                client.close();
            }
        }
    }

    @Test
    void aHeadThatFillsTheChannelIsSentNonetheless() throws Exception {
        String fields = "X: 1234567\r\n".repeat(5_400);
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 2\r\n\r\nok");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            RawClient.Response response = client.get("/");

            assertThat(response.values("X")).hasSize(5_400);
            assertThat(response.body()).isEqualTo("ok");
        }
    }

    @Test
    void aClientThatSendsAndNeverReadsIsEnded() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.clientBodyTimeout = Duration.ofMillis(300);
        try (RawBackend echo = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n");
                    while (true) {
                        connection.send(connection.readBytes(65_536));
                    }
                });
                RunningProxy proxy = with.over(echo.uri());
                RawClient client = RawClient.withSmallBuffer(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000000\r\n\r\n");
            Thread sender = sending(client, new AtomicLong());

            await().until(() -> !sender.isAlive());
            await().until(() -> backend(proxy).inFlight() == 0);
        }
    }

    @Test
    void aClientThatPipelinesAndNeverReadsIsHeldBackAndEnded() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.clientBodyTimeout = Duration.ofMillis(300);
        try (RunningProxy proxy = with.over();
                RawClient client = RawClient.withSmallBuffer(proxy.port())) {
            AtomicLong sent = new AtomicLong();
            Thread sender = new Thread(() -> {
                byte[] requests =
                        "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2_000).getBytes(StandardCharsets.US_ASCII);
                try {
                    while (sent.get() < 500_000_000L) {
                        client.socket().getOutputStream().write(requests);
                        sent.addAndGet(requests.length);
                    }
                } catch (IOException ended) {
                    // as it should be
                }
            });
            sender.start();

            await().until(() -> !sender.isAlive());
            assertThat(sent).hasValueLessThan(100_000_000L);
        }
    }

    @Test
    void aBackendThatIsSlowToTakeAnUploadIsNotTheClientsFault() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.clientBodyTimeout = Duration.ofSeconds(2);
        String upload = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + ("f4240\r\n" + "x".repeat(1_000_000) + "\r\n").repeat(12) + "0\r\n\r\n";
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    pause(Duration.ofSeconds(4));
                    connection.readUntil("0\r\n\r\n");
                    connection.send(OK);
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.send(upload).read().status()).isEqualTo(200);
        }
    }

    @Test
    void anUploadThatGoesOnAfterAnEarlyHeadIsNotTheBackendsFault() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.bodyTimeout = Duration.ofSeconds(2);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
                    connection.readBytes(10);
                    connection.send("ok");
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            List<Outcome> outcomes = new CopyOnWriteArrayList<>();
            proxy.pool().observe((on, outcome, began) -> outcomes.add(outcome));
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
                    .readHead();
            for (int i = 0; i < 10; i++) {
                pause(Duration.ofMillis(300));
                client.send("x");
            }

            assertThat(client.readBytes(2)).isEqualTo("ok");
            await().until(() -> outcomes.size() == 1);
            assertThat(outcomes).containsExactly(new Outcome.Answered(200));
        }
    }

    @Test
    void aPipelinedRequestWhoseBodyComesLaterReachesTheBackendAtOnce() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                        if (head.startsWith("GET")) {
                            release.await();
                            connection.send(OK);
                        } else {
                            connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                            connection.readBytes(2);
                            connection.send(OK);
                        }
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\n"
                    + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            await().until(() -> backend.heads().size() == 1);
            release.countDown();

            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.read().status()).isEqualTo(100);
            assertThat(client.send("hi").read().status()).isEqualTo(200);
        }
    }

    /** Bodies that nobody takes: the leak check after the last test would tell. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"
            })
    void aBodyThatReachesNoBackendIsReleased(String request) throws Exception {
        try (RunningProxy proxy = RunningProxy.over(FailureHttpTests.nobody())) {
            for (int i = 0; i < 30; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    assertThat(client.send(request).read().status()).isIn(400, 503);
                }
            }
        }
    }

    private static Thread sending(RawClient client, AtomicLong sent) {
        Thread sender = new Thread(() -> {
            try {
                while (true) {
                    client.socket().getOutputStream().write(new byte[65_536]);
                    sent.addAndGet(65_536);
                }
            } catch (IOException ended) {
                // as it should be
            }
        });
        sender.start();
        return sender;
    }

    static Backend backend(RunningProxy proxy) {
        return proxy.pool().snapshot().members().get(0).backend();
    }

    /** Lets real time pass, which is what these tests are about. */
    static void pause(Duration time) {
        await().pollDelay(time).atMost(time.plus(Patience.AMPLE)).until(() -> true);
    }
}
