package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The streams of the management port: what one sends, and how many there may be. */
class LiveStreamHttpTests {

    private static final int BACKENDS = 100;

    private static ConfigurableApplicationContext application;
    private static int port;

    private final List<RawClient> viewers = new ArrayList<>();

    @BeforeAll
    static void serve() {
        application = new SpringApplication(GoAroundApplication.class)
                .run(
                        "--server.port=0",
                        "--management.server.port=0",
                        "--goaround.forwarding.trusted-proxies=127.0.0.5",
                        // Nothing about them changes by itself.
                        "--goaround.health.interval=10m",
                        "--goaround.health.degraded-interval=10m",
                        "--goaround.backends="
                                + IntStream.rangeClosed(1, BACKENDS)
                                        .mapToObj(i -> "http://127.0.0.1:" + i)
                                        .collect(Collectors.joining(",")));
        port = Integer.parseInt(application.getEnvironment().getRequiredProperty("local.management.port"));
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    @AfterEach
    void leave() throws IOException {
        for (RawClient viewer : viewers) {
            viewer.close();
        }
    }

    private RawClient open(String path, String from, String... fields) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.getByName(from), 0);
        RawClient viewer = new RawClient(socket);
        socket.setSoTimeout(60_000);
        viewers.add(viewer);
        return viewer.send(
                "GET /actuator/goaround/" + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                        + String.join("\r\n", fields) + (fields.length == 0 ? "\r\n" : "\r\n\r\n"));
    }

    private static int status(RawClient viewer) throws IOException {
        return Integer.parseInt(viewer.readHead().substring(9, 12));
    }

    @Test
    void afterAllOfItOnlyTheChangesAreSent() throws IOException {
        RawClient viewer = open("live", "127.0.0.1");
        assertThat(status(viewer)).isEqualTo(200);
        String whole = event(viewer);
        assertThat(whole).startsWith("data: {\"status\":");
        assertThat(JsonPath.<Integer>read(whole.substring(6), "$.status.backends.length()"))
                .isEqualTo(BACKENDS);
        // The start of GoAround may be among the first ones.
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            String change = event(viewer);
            assertThat(change).startsWith("event: change\ndata: {").hasSizeLessThan(whole.length() / 10);
        });
        assertThat(event(viewer)).contains("uptimeMillis");
    }

    /** Reads one event, of however many chunks. */
    private static String event(RawClient viewer) throws IOException {
        ByteArrayOutputStream event = new ByteArrayOutputStream();
        while (!event.toString(StandardCharsets.UTF_8).endsWith("\n\n")) {
            StringBuilder size = new StringBuilder();
            for (int c = viewer.in().read(); c != '\n'; c = viewer.in().read()) {
                assertThat(c).isNotNegative();
                size.append((char) c);
            }
            event.write(viewer.in().readNBytes(Integer.parseInt(size.toString().strip(), 16)));
            viewer.readBytes(2);
        }
        return event.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"live", "events"})
    void oneAddressDoesNotLockOthersOut(String path) throws Exception {
        for (int i = 0; i < 64; i++) {
            assertThat(status(open(path, "127.0.0.1"))).isEqualTo(i < 8 ? 200 : 503);
        }
        assertThat(status(open(path, "127.0.0.2"))).isEqualTo(200);
        leave();
        await().atMost(Duration.ofSeconds(60)).until(() -> status(open(path, "127.0.0.1")) == 200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"live", "events"})
    void clientsOfATrustedProxyHaveSlotsOfTheirOwn(String path) throws Exception {
        for (int i = 0; i < 9; i++) {
            assertThat(status(open(path, "127.0.0.5", "X-Forwarded-For: 6.6.6." + i + ", 192.0.2.1:" + (1000 + i))))
                    .isEqualTo(i < 8 ? 200 : 503);
        }
        assertThat(status(open(path, "127.0.0.5", "X-Forwarded-For: 192.0.2.2")))
                .isEqualTo(200);
    }

    @Test
    void askingForTheHeadTakesNoSlot() throws IOException {
        for (int i = 0; i < 100; i++) {
            try (RawClient client = new RawClient(port)) {
                client.send("HEAD /actuator/goaround/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(status(client)).isEqualTo(200);
            }
        }
    }
}
