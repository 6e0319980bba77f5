package dev.goaround.proxy;

import static dev.goaround.testing.Pools.backends;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.health.HealthChecker;
import dev.goaround.health.HealthMonitor;
import dev.goaround.health.HealthObserver;
import dev.goaround.health.HealthSettings;
import dev.goaround.health.ProbeResult;
import dev.goaround.health.ProbeSchedule;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Health;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Protocol;
import dev.goaround.retry.RetrySettings;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawHttp2;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;

/** No request of one client takes out a backend that answers its probes, over real connections. */
class EvidenceHttpTests {

    /** How often each hostile path is asked for; more by {@code -Dhostile.rounds}. */
    private static final int ROUNDS = Integer.getInteger("hostile.rounds", 8);

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String GRPC_UNAVAILABLE =
            "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\ngrpc-status: 14\r\nContent-Length: 0\r\n\r\n";

    private static final List<String> HOSTILE = List.of(
            "GET /503",
            "POST /503",
            "GET /later",
            "POST /later",
            "GET /reset",
            "POST /reset",
            "GET /cut",
            "GET /malformed",
            "POST /malformed",
            "GET /quiet",
            "POST /grpc",
            "POST /refused-upload");

    private final List<String> ejected = new CopyOnWriteArrayList<>();

    @Test
    void hostilePathsNeitherEjectABackendNorDisturbOtherClients() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.bodyTimeout = Duration.ofMillis(50);
        List<RawBackend> running = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            running.add(RawBackend.running(EvidenceHttpTests::serve));
        }
        try (RunningProxy proxy =
                        with.over(running.stream().map(RawBackend::uri).toArray(URI[]::new));
                RawClient good = new RawClient(proxy.port())) {
            watch(proxy);
            for (int round = 0; round < ROUNDS; round++) {
                for (String request : HOSTILE) {
                    try (RawClient hostile = new RawClient(proxy.port())) {
                        hostile.send(head(request, round, "Connection: close\r\n"));
                        hostile.in().readAllBytes();
                    }
                    assertThat(good.get("/good").status()).isEqualTo(200);
                }
            }
            assertThat(ejected).isEmpty();
            assertThat(proxy.pool().snapshot().eligible()).hasSize(4);
        } finally {
            running.forEach(RawBackend::close);
        }
    }

    /** Which codes say nothing, and which are like a gateway error, is told by the table of EvidenceTests. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 8, 11})
    void aResetStreamIsToldWithItsCode(int code) throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        try (RawBackend resetting = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    for (int stream = http2.readRequest(); stream > 0; stream = http2.readRequest()) {
                        http2.reset(stream, code);
                    }
                });
                RunningProxy proxy = with.over(resetting.uri());
                RawClient client = new RawClient(proxy.port())) {
            List<Outcome> outcomes = new CopyOnWriteArrayList<>();
            proxy.pool().observe((backend, outcome, began) -> outcomes.add(outcome));
            watch(proxy);
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(502);

            assertThat(outcomes).singleElement().satisfies(outcome -> {
                Outcome.Failed failed = (Outcome.Failed) outcome;
                assertThat(failed.circumstances().streamError()).isEqualTo(code);
                assertThat(failed.harmless()).isEqualTo(code == 0 || code == 8);
            });
            assertThat(ejected).isEmpty();
        }
    }

    @Test
    void aRequestThatTwoBackendsAreTooSlowForIsNotTriedOnOthers() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.responseTimeout = Duration.ofMillis(100);
        List<RawBackend> running = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            running.add(RawBackend.running(connection -> {
                connection.readHead();
                connection.drain();
            }));
        }
        try (RunningProxy proxy =
                        with.over(running.stream().map(RawBackend::uri).toArray(URI[]::new));
                RawClient client = new RawClient(proxy.port())) {
            watch(proxy);
            assertThat(client.get("/slow").status()).isEqualTo(504);

            assertThat(running.stream()
                            .mapToInt(backend -> backend.heads().size())
                            .sum())
                    .isEqualTo(2);
            assertThat(ejected).isEmpty();
        } finally {
            running.forEach(RawBackend::close);
        }
    }

    @Test
    void aBackendThatFailsWhatAnotherRespondsToIsEjectedAfterFive() throws Exception {
        try (RawBackend failing = RawBackend.answering("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
                RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(failing.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            watch(proxy);
            for (int i = 0; i < 20; i++) {
                assertThat(client.get("/" + i).status()).isEqualTo(200);
            }
            assertThat(failing.heads()).hasSizeBetween(5, 6);
            assertThat(ejected).hasSize(1);
        }
    }

    @Test
    void aGrpcBackendThatFailsEveryCallIsEjectedAndOthersAreNot() throws Exception {
        try (RawBackend failing = RawBackend.answering(GRPC_UNAVAILABLE);
                RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(failing.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            watch(proxy);
            for (int i = 0; i < 30; i++) {
                client.send(head("POST /shop.Orders/List", i, "")).read();
            }
            assertThat(ejected).hasSize(1);
            assertThat(failing.heads().size()).isLessThan(10);
        }
    }

    @Test
    void aGrpcCallIsRepeatedBeforeItsFirstMessageWhereA503WouldBe() throws Exception {
        try (RawBackend failing = RawBackend.answering(GRPC_UNAVAILABLE);
                RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(failing.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 4; i++) {
                client.send("POST /a/B HTTP/1.1\r\nHost: a\r\nIdempotency-Key: " + i + "\r\nContent-Length: 0\r\n\r\n");
                assertThat(client.read().body()).isEqualTo("ok");
            }
            assertThat(failing.heads()).isNotEmpty();
        }
    }

    @Test
    void aRestIsForThePathThatAskedForIt() throws Exception {
        try (RawBackend busy = RawBackend.running(EvidenceHttpTests::serve);
                RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(busy.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 6; i++) {
                assertThat(client.get("/later?i=" + i).status()).isEqualTo(200);
            }
            assertThat(busy.heads()).hasSize(1);
            for (int i = 0; i < 6; i++) {
                assertThat(client.get("/good").status()).isEqualTo(200);
            }
            assertThat(busy.heads().size()).isGreaterThan(1);
            assertThat(busy.heads().stream().filter(head -> head.startsWith("GET /later")))
                    .hasSize(1);
        }
    }

    @Test
    void noBackendRestsWhereThatIsOff() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.retry = new RetrySettings(
                List.of(),
                false,
                1,
                Duration.ofMillis(1),
                20,
                3,
                false,
                DataSize.ofKilobytes(64),
                DataSize.ofMegabytes(1),
                false,
                false);
        try (RawBackend busy = RawBackend.running(EvidenceHttpTests::serve);
                RunningProxy proxy = with.over(busy.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/later").status()).isEqualTo(503);
            assertThat(backends(proxy.pool()).get(0).restsUntil()).isEmpty();
        }
    }

    @Test
    void backendsThatAreOnlySilentAreTriedWhenThereIsNoOther() throws Exception {
        try (RawBackend slow = RawBackend.answering(OK);
                RawBackend refusing = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(slow.uri(), refusing.uri());
                RawClient client = new RawClient(proxy.port())) {
            List<Backend> both = backends(proxy.pool());
            proxy.pool().report(both.get(0), Health.DEGRADED, "probe failed: timed out after 1s", true);
            proxy.pool().report(both.get(1), Health.DEGRADED, "probe failed: refused", false);
            for (int i = 0; i < 4; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            assertThat(refusing.heads()).isEmpty();

            proxy.pool().report(both.get(0), Health.DEGRADED, "probe failed: refused", false);
            assertThat(client.get("/").status()).isEqualTo(503);
        }
    }

    /** Judges live traffic as the product does; probes pass. */
    private void watch(RunningProxy proxy) {
        HealthMonitor monitor = new HealthMonitor(proxy.pool(), EvidenceHttpTests::settings, Clock.systemUTC());
        proxy.pool().observe(monitor);
        new HealthChecker(
                proxy.pool(),
                backend -> Mono.just(new ProbeResult(true, "200", Duration.ZERO, Instant.now())),
                monitor,
                new ProbeSchedule(EvidenceHttpTests::settings, Clock.systemUTC(), new Random(1)));
        monitor.observe(new HealthObserver() {
            @Override
            public void probed(Backend backend, ProbeResult result) {}

            @Override
            public void flipped(Backend backend, Health to, String cause, boolean ejection) {
                ejected.add(backend + " " + to + " by " + cause);
            }
        });
    }

    private static String head(String request, int round, String field) {
        String length = request.startsWith("POST") ? "Content-Length: 0\r\n" : "";
        return request + "?" + round + " HTTP/1.1\r\nHost: a\r\n" + field + length + "\r\n";
    }

    /** A backend that is well, with paths that are not. */
    private static void serve(RawBackend.Connection connection) throws Exception {
        for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
            if (head.contains(" /503")) {
                connection.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
            } else if (head.contains(" /later")) {
                connection.send("HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n");
            } else if (head.contains(" /reset")) {
                return;
            } else if (head.contains(" /cut")) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
                return;
            } else if (head.contains(" /malformed")) {
                connection.send("HTTP/9 what\r\n\r\n");
                return;
            } else if (head.contains(" /quiet")) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
                connection.drain();
                return;
            } else if (head.contains(" /grpc")) {
                connection.send(GRPC_UNAVAILABLE);
            } else if (head.contains(" /refused-upload")) {
                connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                return;
            } else {
                connection.send(OK);
            }
        }
    }

    private static HealthSettings settings() {
        return new HealthSettings(
                null,
                null,
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                2,
                HealthSettings.Type.HTTP,
                null,
                true,
                false);
    }
}
