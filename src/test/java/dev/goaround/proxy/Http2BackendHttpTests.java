package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Protocol;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawHttp2;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backends whose HTTP/2 refuses, breaks off or falls silent. */
class Http2BackendHttpTests {

    private static final int FIRST_STREAM = 3;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRefusedStreamGoesToTheNextBackendAndIsNoFailure(boolean goAway) throws Exception {
        try (RawBackend refusing = refusing(goAway);
                RawBackend other = answering();
                RunningProxy proxy = http2().over(refusing.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            // With equal backends one of two requests begins at the one that refuses.
            for (int i = 0; i < 2; i++) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(200);
            }

            assertThat(refusing.connections()).isPositive();
            assertThat(proxy.pool().snapshot().members()).allSatisfy(member -> {
                assertThat(member.healthy()).isTrue();
                assertThat(member.backend().failures()).isZero();
            });
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBackendThatRefusesEveryStreamIsAskedOnceInEachRoundOnANewConnection(boolean goAway) throws Exception {
        try (RawBackend refusing = refusing(goAway);
                RunningProxy proxy = http2().over(refusing.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").status()).isEqualTo(503);

            assertThat(refusing.connections()).isEqualTo(2);
            Backend backend = StalledHttpTests.backend(proxy);
            assertThat(backend.failures()).isZero();
            await().until(() -> backend.inFlight() == 0);
        }
    }

    @Test
    void aRefusalOnAUsedConnectionIsRepeatedOnceOnANewOne() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    http2.ok(http2.readRequest(), true);
                    while (true) {
                        http2.reset(http2.readRequest(), RawHttp2.REFUSED_STREAM);
                    }
                });
                RunningProxy proxy = http2().over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(backend.connections()).isEqualTo(2);
            assertThat(StalledHttpTests.backend(proxy).failures()).isZero();
        }
    }

    @Test
    void aConnectionThatIsResetBetweenRequestsIsNoFailure() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    http2.ok(http2.readRequest(), true);
                    connection.reset();
                });
                RunningProxy proxy = http2().over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 300; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            assertThat(StalledHttpTests.backend(proxy).failures()).isZero();
        }
    }

    @Test
    void aConnectionOnWhichNothingComesAnyMoreLeavesThePool() throws Exception {
        RunningProxy.Builder with = http2();
        with.responseTimeout = Duration.ofSeconds(2);
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    http2.ok(http2.readRequest(), true);
                    // Neither an answer nor one to a PING comes, nor is anything closed.
                    connection.drain();
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(client.get("/").status()).isEqualTo(504);
            assertThat(client.get("/").status()).isIn(200, 503);

            Backend dead = StalledHttpTests.backend(proxy);
            await().until(() -> dead.openConnections().get() <= 1);
        }
    }

    @Test
    void aResetReachesAStreamWhoseBodyIsPaused() throws Exception {
        RunningProxy.Builder with = http2();
        with.loops = 1;
        CompletableFuture<RawHttp2> answering = new CompletableFuture<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    int stream = http2.readRequest();
                    answering.complete(http2.ok(stream, false));
                    http2.sendForever(stream);
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient slow = RawClient.withSmallBuffer(proxy.port())) {
            slow.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            await().until(() -> proxy.slowClients() == 1);
            answering.join().reset(FIRST_STREAM, RawHttp2.INTERNAL_ERROR);

            Backend backendSeen = StalledHttpTests.backend(proxy);
            await().until(() -> backendSeen.failures() == 1 && backendSeen.inFlight() == 0);
            slow.socket().setReceiveBufferSize(1_000_000);
            assertThat(new String(slow.in().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .as("is not ended as if it were complete")
                    .doesNotContain("\r\n0\r\n\r\n");
        }
    }

    private static RawBackend refusing(boolean goAway) {
        return RawBackend.running(connection -> {
            RawHttp2 http2 = RawHttp2.on(connection);
            for (int stream = http2.readRequest(); stream > 0; stream = http2.readRequest()) {
                if (goAway) {
                    http2.goAway(0);
                } else {
                    http2.reset(stream, RawHttp2.REFUSED_STREAM);
                }
            }
        });
    }

    private static RawBackend answering() {
        return RawBackend.running(connection -> {
            RawHttp2 http2 = RawHttp2.on(connection);
            for (int stream = http2.readRequest(); stream > 0; stream = http2.readRequest()) {
                http2.ok(stream, true);
            }
        });
    }

    private static RunningProxy.Builder http2() {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        return with;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello"})
    void aRequestWithABodyThatNoStreamIsThereForGoesToTheNextBackend(String body) throws Exception {
        RawBackend.Script noStreams = connection -> {
            connection.readBytes(24);
            connection.send(new byte[] {0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0}); // MAX_CONCURRENT_STREAMS 0
            connection.drain();
        };
        RawBackend.Script works = connection -> {
            RawHttp2 http2 = RawHttp2.on(connection);
            for (int stream = http2.readRequest(); stream != 0; stream = http2.readRequest()) {
                http2.ok(stream, true);
            }
        };
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        with.loops = 1;
        try (RawBackend none = RawBackend.running(noStreams);
                RawBackend good = RawBackend.running(works);
                RunningProxy proxy = with.over(none.uri(), good.uri())) {
            for (int i = 0; i < 4; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    assertThat(client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                            + body)
                                    .read()
                                    .status())
                            .isEqualTo(200);
                }
            }
        }
    }
}
