package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.limit.LimitSettings;
import dev.goaround.listen.ListenCounts.Limit;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Outcome;
import dev.goaround.retry.TroubledRequest;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.StallingHttp2Client;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.util.unit.DataSize;

/** Clients that take nothing, or send nothing, keep no slot of a backend that another request waits for. */
class StalledClientsHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final int LARGE = 6_000_000;
    private static final int SLOTS = 8;

    /** How an HTTP/2 client keeps its responses from coming. */
    enum Windows {
        OF_STREAMS_ZERO(0),
        OF_CONNECTION_USED_UP(1 << 24),
        DRIBBLED(0);

        private final int initial;

        Windows(int initial) {
            this.initial = initial;
        }
    }

    @ParameterizedTest
    @EnumSource
    void slotsOfHttp2StreamsThatAreNotReadGoToThoseThatWait(Windows windows) throws Exception {
        try (RawBackend backend = backend();
                RunningProxy proxy = proxy(backend);
                StallingHttp2Client one = StallingHttp2Client.connect(proxy.port(), windows.initial);
                StallingHttp2Client other = StallingHttp2Client.connect(proxy.port(), windows.initial)) {
            List<Outcome> outcomes = new CopyOnWriteArrayList<>();
            proxy.pool().observe((on, outcome, began) -> outcomes.add(outcome));
            List<Integer> streams = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                streams.add(one.get("/large"));
                other.get("/large");
            }
            awaitLong().until(() -> backend(proxy).inFlight() == SLOTS);
            ScheduledExecutorService dribbling = windows == Windows.DRIBBLED ? dribbling(one, streams) : null;

            for (int i = 0; i < 20; i++) {
                assertServed(proxy);
            }

            assertThat(proxy.listenCounts().limit(Limit.STALLED)).isPositive();
            assertThat(outcomes).noneMatch(Outcome.Failed.class::isInstance);
            assertThat(proxy.troubles()).extracting(TroubledRequest::outcome).contains("the client read too slowly");
            if (dribbling != null) {
                dribbling.shutdownNow();
            }
        }
    }

    @Test
    void slotsOfHttp1ConnectionsThatAreNotReadGoToThoseThatWait() throws Exception {
        List<RawClient> slow = new ArrayList<>();
        try (RawBackend backend = backend();
                RunningProxy proxy = proxy(backend)) {
            for (int i = 0; i < SLOTS; i++) {
                slow.add(RawClient.withSmallBuffer(proxy.port()).send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"));
            }
            awaitLong().until(() -> proxy.slowClients() == SLOTS);

            for (int i = 0; i < 4; i++) {
                assertServed(proxy);
            }
            assertThat(proxy.listenCounts().limit(Limit.STALLED)).isBetween(1L, 4L);
        } finally {
            for (RawClient client : slow) {
                client.close();
            }
        }
    }

    @Test
    void withoutAnybodyWhoWaitsTheyAreLeftAlone() throws Exception {
        try (RawBackend backend = backend();
                RunningProxy proxy = proxy(backend);
                StallingHttp2Client client = StallingHttp2Client.connect(proxy.port(), 0)) {
            for (int i = 0; i < SLOTS - 1; i++) {
                client.get("/large");
            }
            awaitLong().until(() -> proxy.slowClients() == SLOTS - 1);
            for (int i = 0; i < 10; i++) {
                assertServed(proxy);
            }
            await().during(Duration.ofSeconds(1)).until(() -> client.resets().isEmpty());
            assertThat(proxy.listenCounts().limit(Limit.STALLED)).isZero();
        }
    }

    @Test
    void slotsOfUploadsThatDoNotComeGoToThoseThatWait() throws Exception {
        try (RawBackend backend = backend();
                RunningProxy proxy = proxy(backend);
                StallingHttp2Client client = StallingHttp2Client.connect(proxy.port(), 1 << 16)) {
            for (int i = 0; i < 20; i++) {
                client.data(client.post("/upload"), "x", false);
            }
            awaitLong().until(() -> backend(proxy).inFlight() == SLOTS);

            for (int i = 0; i < 10; i++) {
                assertServed(proxy);
            }
            assertThat(proxy.listenCounts().limit(Limit.STALLED)).isPositive();
        }
    }

    @Test
    void quietStreamsOfGrpcAndClientsThatWaitToBeToldToGoOnKeepTheirSlots() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 2;
        with.clientBodyTimeout = Duration.ofMinutes(1);
        with.limit = new LimitSettings(1024, Duration.ofSeconds(4), Duration.ofMillis(100), null);
        try (RawBackend backend = backend();
                RunningProxy proxy = with.over(backend.uri());
                RawClient grpc = new RawClient(proxy.port());
                RawClient asks = new RawClient(proxy.port());
                RawClient waits = new RawClient(proxy.port())) {
            grpc.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc+proto\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
            asks.send("POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            awaitLong().until(() -> backend(proxy).inFlight() == 2);

            assertThat(waits.get("/").status()).isEqualTo(503);
            assertThat(proxy.listenCounts().limit(Limit.STALLED)).isZero();
            assertThat(backend(proxy).inFlight()).isEqualTo(2);
        }
    }

    @Test
    void aDribbledWindowIsNoProgressEvenIfNobodyWaits() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.clientBodyTimeout = Duration.ofMillis(500);
        try (RawBackend backend = backend();
                RunningProxy proxy = with.over(backend.uri());
                StallingHttp2Client client = StallingHttp2Client.connect(proxy.port(), 0)) {
            int stream = client.get("/large");
            ScheduledExecutorService dribbling = dribbling(client, List.of(stream));

            awaitLong().until(() -> client.resets().contains(stream));
            dribbling.shutdownNow();
            assertThat(proxy.listenCounts().limit(Limit.DOWNLOAD_RATE)).isEqualTo(1);
            awaitLong().until(() -> backend(proxy).inFlight() == 0);
        }
    }

    @Test
    void aClientAboveTheRateGetsTheWholeResponseHoweverSlowlyItTakesEachFrame() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.clientBodyTimeout = Duration.ofSeconds(3);
        with.minimumDownloadRate = DataSize.ofBytes(1);
        int size = 60_000;
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n" + "x".repeat(size));
                });
                RunningProxy proxy = with.over(backend.uri());
                StallingHttp2Client client = StallingHttp2Client.connect(proxy.port(), 0)) {
            int stream = client.get("/");
            for (int sent = 0; sent < 8; sent++) {
                client.window(stream, 1_000);
                await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
            }
            assertThat(client.resets()).isEmpty();
            client.window(stream, size);
            awaitLong().until(() -> client.ends().contains(stream));
            assertThat(client.received(stream)).isEqualTo(size);
        }
    }

    private static void assertServed(RunningProxy proxy) throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").status()).isEqualTo(200);
        }
    }

    private static RawBackend backend() {
        byte[] large = new byte[LARGE];
        return RawBackend.running(connection -> {
            for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                if (head.contains(" /large ")) {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
                    connection.send(large);
                } else if (head.contains(" /upload ")) {
                    connection.drain();
                } else {
                    connection.send(OK);
                }
            }
        });
    }

    /** A request waits far longer than it should have to, so that a busy machine turns nothing red. */
    private static RunningProxy proxy(RawBackend backend) {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = SLOTS;
        with.clientBodyTimeout = Duration.ofMinutes(2);
        with.limit = new LimitSettings(1024, Duration.ofSeconds(30), Duration.ofMillis(100), null);
        return with.over(backend.uri());
    }

    /** Lets one byte come at a time, at a rate. The executor ends it. */
    private static ScheduledExecutorService dribbling(StallingHttp2Client client, List<Integer> streams) {
        ScheduledExecutorService paced = Executors.newSingleThreadScheduledExecutor();
        paced.scheduleWithFixedDelay(
                () -> {
                    try {
                        for (int stream : streams) {
                            client.window(stream, 1);
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e); // That's enough.
                    }
                },
                0,
                50,
                TimeUnit.MILLISECONDS);
        return paced;
    }

    private static ConditionFactory awaitLong() {
        return await().atMost(Duration.ofSeconds(30));
    }

    private static Backend backend(RunningProxy proxy) {
        return proxy.pool().snapshot().members().get(0).backend();
    }
}
