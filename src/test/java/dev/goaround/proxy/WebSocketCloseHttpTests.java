package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.goaround.pool.Protocol;
import dev.goaround.testing.Patience;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets that are cut: both ends are told by a Close frame (RFC 6455 section 7.4.1), where no frame is half sent. */
class WebSocketCloseHttpTests {

    private static final String ASK =
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n";
    private static final String SWITCH =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    private static final String GOING_AWAY = "\u0088\2\3\u00e9";
    private static final String SERVICE_RESTART = "\u0088\2\3\u00f4";

    /** A text frame of a server, and one of a client with a mask of zeros. */
    private static final String HI = "\u0081\2hi";

    private static final String MASKED_HI = "\u0081\u0082\0\0\0\0hi";

    /** A backend that sends a frame, reads one, and completes the future with what else it gets. */
    private static RawBackend backend(CompletableFuture<String> rest) {
        return RawBackend.running(connection -> {
            connection.readHead();
            connection.send(SWITCH + HI);
            connection.readBytes(MASKED_HI.length());
            rest.complete(connection.readBytes(100));
        });
    }

    private static void begin(RawClient client) throws Exception {
        client.send(ASK).readHead();
        client.send(MASKED_HI);
        assertThat(client.readBytes(HI.length())).isEqualTo(HI);
    }

    /** Returns the code of the Close frame, which is masked, and the only thing that came. */
    private static int code(CompletableFuture<String> rest) throws Exception {
        String frame = rest.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS);
        assertThat(frame).hasSize(8).startsWith("\u0088\u0082");
        int high = frame.charAt(6) ^ frame.charAt(2);
        int low = frame.charAt(7) ^ frame.charAt(3);
        return high << 8 | low;
    }

    @Test
    void oneThatIsIdleForTooLong() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.tunnelIdleTimeout = Duration.ofMillis(500);
        CompletableFuture<String> rest = new CompletableFuture<>();
        try (RawBackend backend = backend(rest);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            begin(client);

            assertThat(client.readBytes(100)).isEqualTo(GOING_AWAY);
            assertThat(code(rest)).isEqualTo(1001);
            proxy.awaitIdle();
            assertThat(StalledHttpTests.backend(proxy).failures()).isZero();
        }
    }

    @Test
    void oneThatHasLastedAsLongAsItMay() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.tunnelLifetime = Duration.ofMillis(500);
        CompletableFuture<String> rest = new CompletableFuture<>();
        try (RawBackend backend = backend(rest);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            begin(client);

            assertThat(client.readBytes(100)).isEqualTo(GOING_AWAY);
            assertThat(code(rest)).isEqualTo(1001);
        }
    }

    private static void removeBackends(RunningProxy proxy) {
        proxy.pool().replace(List.of());
        await().until(() -> {
            proxy.seeOff();
            return proxy.pool().snapshot().leaving().isEmpty();
        });
    }

    @Test
    void oneWhoseBackendHasLeftThePool() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.drainTimeout = Duration.ofMillis(1);
        CompletableFuture<String> rest = new CompletableFuture<>();
        try (RawBackend backend = backend(rest);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            begin(client);
            removeBackends(proxy);

            assertThat(client.readBytes(100)).isEqualTo(SERVICE_RESTART);
            assertThat(code(rest)).isEqualTo(1012);
        }
    }

    @Test
    void oneOnAStreamWhoseBackendHasLeftThePool() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        with.drainTimeout = Duration.ofMillis(1);
        CompletableFuture<String> rest = new CompletableFuture<>();
        try (RawBackend backend = backend(rest);
                RunningProxy back = RunningProxy.over(backend.uri());
                RunningProxy front = with.over(URI.create("http://127.0.0.1:" + back.port()));
                RawClient client = new RawClient(front.port())) {
            begin(client);
            removeBackends(front);

            assertThat(client.readBytes(100)).isEqualTo(SERVICE_RESTART);
            assertThat(code(rest)).isEqualTo(1012);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneWhoseBackendIsLostEndsAsItDid(boolean reset) throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH + HI);
                    connection.readBytes(MASKED_HI.length());
                    if (reset) {
                        connection.reset();
                    } else {
                        connection.close();
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK).readHead();
            assertThat(client.readBytes(HI.length())).isEqualTo(HI);
            client.send(MASKED_HI);

            if (reset) {
                assertThatThrownBy(() -> client.readBytes(100)).isInstanceOf(SocketException.class);
            } else {
                assertThat(client.readBytes(100)).isEmpty();
            }
        }
    }

    @Test
    void oneWhoseClientSaysNothingWhenGoAroundStops() throws Exception {
        CompletableFuture<String> rest = new CompletableFuture<>();
        try (RawBackend backend = backend(rest);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            begin(client);
            proxy.drain();

            assertThat(client.readBytes(GOING_AWAY.length())).isEqualTo(GOING_AWAY);
            assertThat(code(rest)).isEqualTo(1001);
        }
    }

    @Test
    void oneThatIsClosedAlreadyIsNotClosedAgain() throws Exception {
        CompletableFuture<String> rest = new CompletableFuture<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH + "\u0088\2\3\u00e8");
                    rest.complete(connection.readBytes(100));
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK).readHead();
            client.send("\u0088\u0080\0\0\0\0");
            assertThat(client.readBytes(4)).isEqualTo("\u0088\2\3\u00e8");
            client.socket().shutdownOutput();

            assertThat(rest.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("\u0088\u0080\0\0\0\0");
            assertThat(client.readBytes(100)).isEmpty();
        }
    }

    @Test
    void noFrameComesIntoTheMiddleOfAnother() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.tunnelIdleTimeout = Duration.ofMillis(500);
        CompletableFuture<String> rest = new CompletableFuture<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH + "\u0081\5hel");
                    rest.complete(connection.readBytes(100));
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK).readHead();
            client.send("\u0081\u0085\0\0\0\0he");

            assertThat(client.readBytes(100)).isEqualTo("\u0081\5hel");
            assertThat(rest.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("\u0081\u0085\0\0\0\0he");
        }
    }

    @Test
    void otherProtocolsEndWithoutAFrame() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.tunnelIdleTimeout = Duration.ofMillis(500);
        CompletableFuture<String> rest = new CompletableFuture<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCH.replace("websocket", "tcp"));
                    rest.complete(connection.readBytes(100));
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send(ASK.replace("websocket", "tcp")).readHead();

            assertThat(client.readBytes(100)).isEmpty();
            assertThat(rest.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS)).isEmpty();
        }
    }
}
