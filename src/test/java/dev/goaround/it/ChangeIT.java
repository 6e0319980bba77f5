package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.ConstantLoad;
import dev.goaround.testing.ConstantLoad.Exchange;
import dev.goaround.testing.ConstantLoad.Mix;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.HeldPort;
import dev.goaround.testing.Launch;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes of the pool while the packaged jar runs. */
class ChangeIT {

    private static final String STATUS = "/actuator/goaround";

    private static final String SWITCH =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    private static BackendProcess a;
    private static BackendProcess b;
    private static BackendProcess c;
    private static BackendProcess d;

    @BeforeAll
    static void start() {
        a = BackendProcess.startFaulty("a");
        b = BackendProcess.startFaulty("b");
        c = BackendProcess.startFaulty("c");
        d = BackendProcess.startFaulty("d");
    }

    @AfterAll
    static void stop() {
        Stream.of(a, b, c, d).forEach(BackendProcess::close);
    }

    @Test
    void addsDrainsRemovesAndTakesBack() {
        try (GoAround goAround = Launch.over(List.of(a))) {
            assertThat(answering(goAround)).containsExactly("a");

            assertThat(change(goAround, "POST", "", "\"" + b.url() + "\"")).isEqualTo(1);
            goAround.awaitState(b, "healthy");
            assertThat(answering(goAround)).containsExactlyInAnyOrder("a", "b");

            int drained = change(goAround, "POST", "/" + a.id(), "{\"state\": \"draining\"}");
            assertThat(goAround.state(a)).isEqualTo("draining");
            assertThat(answering(goAround)).containsExactly("b");

            assertThat(change(goAround, "POST", "/changes/" + drained + "/undo", null))
                    .isEqualTo(3);
            assertThat(answering(goAround)).containsExactlyInAnyOrder("a", "b");

            int removed = change(goAround, "DELETE", "/" + a.id(), null);
            assertThat(answering(goAround)).containsExactly("b");
            assertThat(goAround.manage(STATUS + "/" + a.id()).status()).isEqualTo(404);

            change(goAround, "POST", "/changes/" + removed + "/undo", null);
            goAround.awaitState(a, "healthy");
            assertThat(answering(goAround)).containsExactlyInAnyOrder("a", "b");

            List<Integer> numbers =
                    JsonPath.read(goAround.manage(STATUS + "/changes").body(), "$.changes[*].number");
            assertThat(numbers).containsExactly(5, 4, 3, 2, 1);
            goAround.awaitLine("change 2 by operator (loopback): state of " + a.id() + ": ready -> draining");
        }
    }

    @Test
    void keepsChangesOverARestart(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("state.json");
        String flag = "--goaround.management.state-file=" + file;
        try (GoAround goAround = Launch.over(List.of(a, b), flag)) {
            change(goAround, "POST", "", "\"" + c.url() + "\"");
            change(goAround, "POST", "/" + a.id(), "{\"weight\": 3, \"state\": \"disabled\"}");
            change(goAround, "DELETE", "/" + b.id(), null);
            goAround.terminate();
            assertThat(goAround.exitCode()).isZero();
        }
        try (GoAround again = Launch.over(List.of(a, b), flag)) {
            String status = again.manage(STATUS).body();
            List<String> ids = JsonPath.read(status, "$.backends[*].id");
            assertThat(ids).containsExactly(a.id(), c.id());
            assertThat(again.state(a)).isEqualTo("disabled");
            List<List<String>> sources = JsonPath.read(status, "$.backends[*].sources");
            assertThat(sources).containsExactly(List.of("configuration"), List.of("operator"));
            assertThat(answering(again)).containsExactly("c");
        }
        Files.writeString(file, "nonsense");
        Launch.Ended refused = Launch.of(flag, "-b", a.url()).toTheEnd();
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .singleElement()
                .asString()
                .startsWith("goaround.management.state-file " + file
                        + ": is not a file of GoAround's that keeps changes: Unrecognized token 'nonsense'");
    }

    @Test
    void neverCutsATunnelThatTheChangeIsNotAbout() throws IOException {
        try (RawBackend echo = RawBackend.running(connection -> {
                    while (connection.readHead().startsWith("GET /health ")) {
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    }
                    connection.send(SWITCH);
                    for (String read = connection.readBytes(3); !read.isEmpty(); read = connection.readBytes(3)) {
                        connection.send(read);
                    }
                });
                GoAround goAround = Launch.of(
                                "-p",
                                "0",
                                "--management-port",
                                "0",
                                "-b",
                                echo.uri().toString(),
                                // Long enough for what comes before it is over.
                                "--goaround.upstream.drain-timeout=8s")
                        .start();
                RawClient tunnel = goAround.client()) {
            tunnel.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(tunnel.readHead()).startsWith("HTTP/1.1 101");
            String id = "127.0.0.1-" + echo.uri().getPort();
            List<String> changes = List.of(
                    "PUT | [\"" + echo.uri() + "\", \"" + a.url() + "\", \"" + b.url() + "\"]",
                    "POST /" + id + " | {\"weight\": 5, \"maxConnections\": 50, \"state\": \"draining\"}",
                    "PUT | [\"" + c.url() + "\", \"" + echo.uri() + "\"]",
                    "POST /" + id + " | {\"state\": \"disabled\"}",
                    "DELETE /" + c.id() + " | ");
            for (String each : changes) {
                String[] parts = each.split(" \\| ", 2);
                String[] request = parts[0].split(" ", 2);
                change(
                        goAround,
                        request[0],
                        request.length > 1 ? request[1] : "",
                        parts[1].isEmpty() ? null : parts[1]);
                tunnel.send("abc");
                assertThat(tunnel.readBytes(3)).isEqualTo("abc");
            }
            change(goAround, "DELETE", "/" + id, null);
            tunnel.send("abc");
            assertThat(tunnel.readBytes(3)).isEqualTo("abc");
            // Those that left before, and have nothing left to finish, are gone a moment later.
            await().untilAsserted(() -> assertThat(
                            JsonPath.<List<Integer>>read(goAround.manage(STATUS).body(), "$.leaving[*].inFlight"))
                    .containsExactly(1));
            // Its own change ends it, once its time is over.
            assertThat(tunnel.closedByServer()).isTrue();
            await().until(() -> !goAround.manage(STATUS).body().contains("\"leaving\""));
        }
    }

    @Test
    void losesNoRequestWhileTheWholePoolIsReplaced() throws Exception {
        try (GoAround goAround = Launch.over(List.of(a, b));
                ConstantLoad load = new ConstantLoad(goAround.port()).with(8, Mix.EVERY_METHOD)) {
            List<List<BackendProcess>> pools = List.of(List.of(c, d), List.of(a, b), List.of(b, c), List.of(a, d));
            for (int round = 0; round < 3; round++) {
                for (List<BackendProcess> pool : pools) {
                    int before = load.exchanges();
                    change(
                            goAround,
                            "PUT",
                            "",
                            pool.stream()
                                    .map(each -> "\"" + each.url() + "\"")
                                    .toList()
                                    .toString());
                    pool.forEach(each -> goAround.awaitState(each, "healthy"));
                    await().until(() -> load.exchanges() >= before + 100);
                }
            }
            List<Exchange> all = load.stop();
            assertThat(all).hasSizeGreaterThan(1_200);
            assertThat(all).allMatch(Exchange::right);
            await().until(() -> !goAround.manage(STATUS).body().contains("\"leaving\""));
        }
    }

    @Test
    void takesChangesWithTheTokenOnly(@TempDir Path folder) throws IOException {
        Path token = Files.writeString(folder.resolve("token"), "first-token-0123456789\n");
        try (GoAround goAround = Launch.over(List.of(a), "--goaround.management.token-file=" + token)) {
            String viaProxy = "X-Forwarded-For: 192.0.2.1";
            assertThat(set(goAround, viaProxy).status()).isEqualTo(401);
            assertThat(set(goAround, viaProxy, "Authorization: Bearer first-token-0123456789")
                            .status())
                    .isEqualTo(200);
            Files.writeString(token, "second-token-0123456789");
            assertThat(set(goAround, viaProxy, "Authorization: Bearer first-token-0123456789")
                            .status())
                    .isEqualTo(401);
            assertThat(set(goAround, viaProxy, "Authorization: Bearer second-token-0123456789")
                            .status())
                    .isEqualTo(200);
            assertThat(set(goAround, "Sec-Fetch-Site: cross-site").status()).isEqualTo(403);
            assertThat(set(goAround).status()).isEqualTo(401);
            assertThat(set(goAround, "Authorization: Bearer second-token-0123456789")
                            .status())
                    .isEqualTo(200);
            assertThat(String.join("\n", goAround.out())).doesNotContain("-token-");
        }
        Launch.Ended checked = Launch.of("--check", "--goaround.management.token=third-token-0123456789")
                .toTheEnd();
        assertThat(checked.out()).anyMatch(line -> line.equals("    token: ******"));
        assertThat(checked.out()).noneMatch(line -> line.contains("third-token"));
    }

    @Test
    void takesChangesOnTheTrafficPortWhereBothAreOne() throws IOException {
        try (HeldPort held = HeldPort.take();
                GoAround goAround = onOnePort(held)) {
            assertThat(set(goAround, "X-Forwarded-For: 192.0.2.1").status()).isEqualTo(403);
            assertThat(set(goAround, "Origin: http://evil.example").status()).isEqualTo(403);
            assertThat(set(goAround).body()).contains("\"by\":\"loopback\"");
            assertThat(goAround.manage("PATCH", STATUS, "{}").status()).isEqualTo(405);
            assertThat(answering(goAround)).containsExactly("a");
            assertThat(goAround.get(STATUS).status()).isEqualTo(403);
        }
    }

    private static GoAround onOnePort(HeldPort held) {
        String port = Integer.toString(held.port());
        return Launch.of("-p", port, "--management-port", port, "-b", a.url()).start();
    }

    /** Sets the weight of the only backend to another one. */
    private static Response set(GoAround goAround, String... fields) {
        int weight = JsonPath.read(goAround.manage(STATUS).body(), "$.backends[0].weight");
        return goAround.manage("POST", STATUS + "/" + a.id(), "{\"weight\": " + (weight + 1) + "}", fields);
    }

    /** Makes a change, and returns its number. */
    private static int change(GoAround goAround, String method, String path, @Nullable String body) {
        Response answer = goAround.manage(method, STATUS + path, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return JsonPath.read(answer.body(), "$.number");
    }

    /** Who answers a number of requests. */
    private static Set<String> answering(GoAround goAround) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            Response answer = goAround.get("/work/x");
            assertThat(answer.status()).isEqualTo(200);
            names.add(answer.body().substring(0, 1));
        }
        return names;
    }
}
