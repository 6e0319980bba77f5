package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.LoadClient;
import dev.goaround.testing.LoadClient.End;
import dev.goaround.testing.LoadClient.Outcome;
import dev.goaround.testing.Patience;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;

@Isolated("loads the machine, and has to be done before an announcement is over")
class ShutdownIT {

    private static final int CLIENTS = 6;

    private final AtomicInteger answered = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private BackendProcess a;
    private BackendProcess b;

    @BeforeEach
    void start() {
        a = BackendProcess.start("a");
        b = BackendProcess.start("b");
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
        threads.shutdownNow();
    }

    @Test
    void noRequestIsLostUnderLoadAndTheExitCodeIs0() throws Exception {
        try (GoAround goAround = Launch.over(List.of(a, b), "--goaround.shutdown.announce=6s");
                RawClient slow = goAround.client()) {
            hold(goAround, slow);
            List<Future<List<Outcome>>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                boolean posting = i % 2 == 0;
                clients.add(threads.submit(() -> requestsUntilRefused(goAround.port(), posting)));
            }
            awaitAnswers(500);

            goAround.terminate();
            goAround.awaitLine("Drain: stopping");
            assertThat(goAround.manage("/actuator/health/readiness").status()).isEqualTo(503);
            assertThat(goAround.manage("/actuator/health/liveness").status()).isEqualTo(200);
            assertAnnounced(goAround);
            awaitAnswers(answered.get() + CLIENTS);

            int whole = 0;
            for (Future<List<Outcome>> client : clients) {
                whole += assertNothingLost(client.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS));
            }
            // Those, the slow one and the one about the announcement: no backend has seen any other.
            int requests = whole + 2;
            Awaitility.await("they are counted").until(() -> total(goAround, "requests") >= requests);
            assertThat(total(goAround, "requests")).isEqualTo(requests);
            assertThat(total(goAround, "failures")).isZero();
            assertThat(goAround.isAlive()).isTrue();
            a.release();
            b.release();
            Response late = slow.read();
            assertThat(late.status()).isEqualTo(200);
            assertThat(late.body()).matches("[ab] GET /hold 0");
            assertThat(slow.closedByServer()).isTrue();
            assertThat(goAround.exitCode()).isZero();
            assertThat(goAround.err()).isEmpty();
        }
    }

    @Test
    void http2RequestsInFlightFinishAndTheConnectionEnds() throws Exception {
        try (GoAround goAround = Launch.over(List.of(a, b), "--goaround.shutdown.announce=1s")) {
            HttpClient client = HttpClient.newConnection()
                    .protocol(HttpProtocol.H2C)
                    .baseUrl("http://127.0.0.1:" + goAround.port());
            CompletableFuture<String> held = client.get()
                    .uri("/hold")
                    .responseSingle((head, body) -> body.asString())
                    .toFuture();
            Awaitility.await("it is held").until(() -> total(goAround, "inFlight") == 1);

            goAround.terminate();
            goAround.awaitLine("Drain: stopping");
            Awaitility.await("the port is closed").until(() -> refused(goAround.port()));
            assertThat(held).isNotDone();
            a.release();
            b.release();

            assertThat(held.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS)).matches("[ab] GET /hold 0");
            assertThat(goAround.exitCode()).isZero();
            assertThat(goAround.err()).isEmpty();
        }
    }

    @Test
    void aWebSocketIsToldThatItEnds() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    if (!connection.readHead().startsWith("GET /ws ")) {
                        connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                        return;
                    }
                    connection.send(
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\u0081\2hi");
                    connection.drain();
                });
                GoAround goAround = Launch.of(
                                "-p",
                                "0",
                                "--management-port",
                                "0",
                                "-b",
                                backend.uri().toString(),
                                "--goaround.health.interval=1h",
                                "--goaround.shutdown.announce=0s")
                        .start();
                RawClient client = goAround.client()) {
            client.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.readBytes(4)).isEqualTo("\u0081\2hi");

            goAround.terminate();

            assertThat(client.readBytes(4)).isEqualTo("\u0088\2\3\u00e9");
            assertThat(client.closedByServer()).isTrue();
            assertThat(goAround.exitCode()).isZero();
        }
    }

    private static boolean refused(int port) {
        try {
            new RawClient(port).close();
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /**
     * The last outcome is that of a closed port. The one before may be a connection that the system had established when
     * the port closed, but GoAround had not accepted: then the system resets it, as it would a moment later.
     */
    private static int assertNothingLost(List<Outcome> outcomes) {
        int count = outcomes.size();
        assertThat(outcomes.get(count - 1).end()).isEqualTo(End.REFUSED);
        int whole = outcomes.get(count - 2).end() == End.TURNED_AWAY ? count - 2 : count - 1;
        assertThat(outcomes.subList(0, whole)).allMatch(outcome -> outcome.end() == End.ANSWERED);
        return whole;
    }

    @Test
    void aConnectionThatWasAcceptedLastStillGetsItsAnswer() throws Exception {
        try (GoAround goAround = Launch.over(List.of(a, b), "--goaround.shutdown.announce=4s")) {
            goAround.terminate();
            goAround.awaitLine("Drain: stopping");
            try (RawClient last = goAround.client()) {
                // Connections are accepted in turn, so that the last one is as well by now.
                assertAnnounced(goAround);
                Awaitility.await("the port is closed")
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> refuses(goAround.port()));
                assertThat(last.get("/").status()).isEqualTo(200);
                assertThat(last.closedByServer()).isTrue();
            }
            assertThat(goAround.exitCode()).isZero();
        }
    }

    private static boolean refuses(int port) {
        try (LoadClient client = new LoadClient(port)) {
            return client.get("/").end() == End.REFUSED;
        }
    }

    @Test
    void aSecondSignalEndsItAtOnce() throws Exception {
        try (GoAround goAround = Launch.over(List.of(a, b), "--goaround.shutdown.announce=60s");
                RawClient slow = goAround.client()) {
            hold(goAround, slow);
            goAround.terminate();
            goAround.awaitLine("Drain: stopping");
            assertThat(goAround.isAlive()).isTrue();
            goAround.terminate();
            assertThat(goAround.exitCode()).isEqualTo(128 + 15);
            assertThat(goAround.err()).isEmpty();
        }
    }

    /** Sends a request that is not answered before {@link BackendProcess#release}. */
    private static void hold(GoAround goAround, RawClient client) throws IOException {
        client.send("GET /hold HTTP/1.1\r\nHost: test.example\r\n\r\n");
        Awaitility.await("the request is in flight").until(() -> total(goAround, "inFlight") == 1);
    }

    private static int total(GoAround goAround, String name) {
        return JsonPath.read(goAround.manage("/actuator/goaround").body(), "$.totals." + name);
    }

    private static void assertAnnounced(GoAround goAround) throws IOException {
        try (RawClient client = goAround.client()) {
            Response answer = client.get("/");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.values("Connection")).containsExactly("close");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    private List<Outcome> requestsUntilRefused(int port, boolean posting) {
        List<Outcome> outcomes = new ArrayList<>();
        try (LoadClient client = new LoadClient(port)) {
            Outcome last;
            do {
                last = posting ? client.post("/", "small") : client.get("/");
                outcomes.add(last);
                answered.incrementAndGet();
            } while (last.end() != End.REFUSED);
        }
        return outcomes;
    }

    private void awaitAnswers(int count) {
        Awaitility.await(count + " answers").pollInterval(Duration.ofMillis(10)).until(() -> answered.get() >= count);
    }
}
