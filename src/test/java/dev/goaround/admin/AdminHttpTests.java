package dev.goaround.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.health.ProbeResult;
import dev.goaround.membership.SourceStatus;
import dev.goaround.observe.FailureLog;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.pool.PickContext;
import dev.goaround.testing.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "management.server.port=0",
            "spring.jackson.property-naming-strategy=SNAKE_CASE", // must not reach the status
        })
class AdminHttpTests {

    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final HttpClient client = HttpClient.newHttpClient();

    @LocalServerPort
    private int trafficPort;

    @LocalManagementPort
    private int managementPort;

    @Autowired
    private BackendPool pool;

    @Autowired
    private ApplicationContext context;

    @BeforeEach
    void emptyPool() {
        pool.replace(List.of());
        pool.snapshot().leaving().forEach(leaver -> pool.forget(leaver.backend()));
        AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
    }

    @Test
    void secretsAreHiddenWhereverValuesAreShown() {
        assertThat(context.getBean(SanitizingFunction.class)
                        .apply(new SanitizableData(null, "goaround.management.token", "hunter2"))
                        .getValue())
                .isEqualTo(SanitizableData.SANITIZED_VALUE);
    }

    @Test
    void statusOfThePoolIsTheJsonThatItsReadersRelyOn() throws Exception {
        pool.replace(List.of(
                new BackendSpec(URI.create("https://localhost:9000/base"), 3, 50, true).placed(2, "eu-1"),
                new BackendSpec(URI.create("http://localhost:9001"), 1, 1024, false)));
        Backend first = backend("localhost-9000-base");
        pool.report(first, Health.HEALTHY, "probe passed: 200");
        pool.lease(PickContext.FIRST);
        first.openConnections().set(5);
        first.idleConnections().set(4);
        first.bytesSent().add(100);
        first.bytesReceived().add(2000);

        HttpResponse<String> response = get("/actuator/goaround");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(oneLine("""
                {"version":"1.2.3","startedAt":"2026-11-22T12:00:00Z","uptimeMillis":0,"policy":"least-requests",
                "totals":{"backends":2,"healthy":1,"degraded":1,"draining":0,"disabled":0,"inFlight":1,"openConnections":5,"idleConnections":4,"tunnels":0,
                "requests":1,"failures":0,"bytesSent":100,"bytesReceived":2000},
                "backends":[
                {"id":"localhost-9000-base","url":"https://localhost:9000/base","sources":["configuration"],"version":"2.7.1","state":"healthy",
                "since":"2026-11-22T12:00:00Z","cause":"probe passed: 200",
                "lastProbe":{"at":"2026-11-22T12:00:00Z","passed":true,"detail":"200","tookMillis":1.5},
                "inFlight":1,"openConnections":5,"idleConnections":4,"tunnels":0,"requests":1,"failures":0,
                "bytesSent":100,"bytesReceived":2000,"weight":3,"limit":50,"maxConnections":50,"backup":true,"priority":2,"zone":"eu-1"},
                {"id":"localhost-9001","url":"http://localhost:9001","sources":["configuration"],"state":"degraded",
                "since":"2026-11-22T12:00:00Z","cause":"not probed yet",
                "inFlight":0,"openConnections":0,"idleConnections":0,"tunnels":0,"requests":0,"failures":0,
                "bytesSent":0,"bytesReceived":0,"weight":1,"limit":1024,"maxConnections":1024,"backup":false,"priority":0}
                ],
                "sources":[{"name":"configuration","at":"2026-11-22T12:00:00Z","backends":2},
                {"name":"file","at":"2026-11-22T12:00:00Z","backends":1,"mistake":"list: no such file"}],
                "configuration":{"reloadedAt":"2026-11-22T12:00:00Z","reloads":3,
                "mistakes":["goaround.health.fall 0: expected >= 1"],"needsRestart":["server.port: 1 -> 2"]}}
                """));
    }

    @Test
    void backendsThatLeaveAreShownApart() throws Exception {
        pool.replace(List.of(spec(9000)));
        pool.lease(PickContext.FIRST);
        pool.replace(List.of());

        assertThat(get("/actuator/goaround").body())
                .contains(
                        "\"backends\":[],\"leaving\":[{\"id\":\"localhost-9000\",\"url\":\"http://localhost:9000\",\"inFlight\":0,\"since\":\"2026-11-22T12:00:00Z\"}],");
        pool.replace(List.of(spec(9000)));
        pool.report(backend("localhost-9000"), Health.HEALTHY, "200");
        pool.replace(List.of(spec(9001)));
        assertThat(get("/actuator/goaround").body()).contains("\"serving\":true}]");
    }

    @Test
    void oneBackendIsWhatThePoolShowsOfIt() throws Exception {
        pool.replace(List.of(spec(9000), spec(9001)));

        HttpResponse<String> response = get("/actuator/goaround/localhost-9001");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).startsWith("{\"id\":\"localhost-9001\",\"url\":\"http://localhost:9001\",");
        assertThat(get("/actuator/goaround").body()).contains("," + response.body() + "],");
    }

    @Test
    void anUnknownBackendIs404() throws Exception {
        assertThat(get("/actuator/goaround/nobody").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PATCH /actuator/goaround",
                "DELETE /actuator/goaround",
                "PUT /actuator/goaround/a-1",
                "POST /actuator/goaround/changes",
                "DELETE /actuator/goaround/changes/1"
            })
    void thereAreNoOtherChanges(String request) throws Exception {
        String[] parts = request.split(" ", 2);
        assertThat(send(managementPort, parts[0], parts[1]).statusCode()).isIn(404, 405);
    }

    @Test
    void readinessIsDownWhileNoBackendIsHealthy() throws Exception {
        pool.replace(List.of(spec(9000)));
        assertThat(get("/actuator/health/readiness"))
                .returns(503, HttpResponse::statusCode)
                .returns(
                        "{\"components\":{"
                                + "\"pool\":{\"details\":{\"healthy\":0,\"draining\":0,\"backends\":1},\"status\":\"DOWN\"},"
                                + "\"readinessState\":{\"status\":\"UP\"}},\"status\":\"DOWN\"}",
                        HttpResponse::body);

        pool.report(backend("localhost-9000"), Health.HEALTHY, "200");

        assertThat(get("/actuator/health/readiness"))
                .returns(200, HttpResponse::statusCode)
                .satisfies(response -> assertThat(response.body()).endsWith("\"status\":\"UP\"}"));
    }

    @Test
    void readinessIsDownWhileShuttingDown() throws Exception {
        pool.replace(List.of(spec(9000)));
        pool.report(backend("localhost-9000"), Health.HEALTHY, "200");

        AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);

        assertThat(get("/actuator/health/readiness"))
                .returns(503, HttpResponse::statusCode)
                .satisfies(response -> assertThat(response.body()).endsWith("\"status\":\"DOWN\"}"));
    }

    @Test
    void livenessKnowsNothingOfBackendsNorOfShutdown() throws Exception {
        AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);

        assertThat(get("/actuator/health/liveness").statusCode()).isEqualTo(200);
    }

    @Test
    void healthAsAWholeIsDownWithoutBackendsAndNamesTheComponent() throws Exception {
        assertThat(get("/actuator/health"))
                .returns(503, HttpResponse::statusCode)
                .satisfies(response -> assertThat(response.body())
                        .contains(
                                "\"pool\":{\"details\":{\"healthy\":0,\"draining\":0,\"backends\":0},\"status\":\"DOWN\"}",
                                "\"livenessState\":{\"status\":\"UP\"}"));
    }

    @Test
    void infoNamesTheJavaVersion() throws Exception {
        assertThat(get("/actuator/info").body()).contains("\"version\":\"" + System.getProperty("java.version") + "\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "beans",
                "caches",
                "conditions",
                "configprops",
                "env",
                "heapdump",
                "loggers",
                "mappings",
                "metrics",
                "sbom",
                "scheduledtasks",
                "shutdown",
                "startup",
                "threaddump"
            })
    void everyOtherEndpointIs404(String id) throws Exception {
        assertThat(get("/actuator/" + id).statusCode()).isEqualTo(404);
        assertThat(send(managementPort, "POST", "/actuator/" + id).statusCode()).isEqualTo(404);
    }

    @Test
    void theTrafficPortServesNothingOfThis() throws Exception {
        assertThat(send(trafficPort, "GET", "/actuator/goaround").statusCode()).isEqualTo(404);
        assertThat(send(trafficPort, "GET", "/actuator/health").statusCode()).isEqualTo(404);
        assertThat(send(trafficPort, "GET", "/readyz").statusCode()).isEqualTo(404);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(managementPort, "GET", path);
    }

    private HttpResponse<String> send(int port, String method, String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    private Backend backend(String id) {
        return pool.snapshot().member(id).orElseThrow().backend();
    }

    private static BackendSpec spec(int port) {
        return new BackendSpec(URI.create("http://localhost:" + port), 1, 1024, false);
    }

    private static String oneLine(String lines) {
        return lines.replace("\n", "");
    }

    @Test
    void changesAreToldAsTheyHappen() throws Exception {
        pool.replace(List.of(new BackendSpec(URI.create("http://localhost:9001"), 1, 1024, false)));
        HttpResponse<InputStream> stream = client.send(
                request("events").header("Accept", "text/event-stream").build(), BodyHandlers.ofInputStream());
        assertThat(stream.statusCode()).isEqualTo(200);
        assertThat(stream.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo(":watching");
            pool.report(backend("localhost-9001"), Health.HEALTHY, "probe answered \"200\"\nid: 1");
            String id = next(lines, "id:");
            assertThat(next(lines, "event:")).isEqualTo("health");
            assertThat(next(lines, "data:"))
                    .isEqualTo("{\"at\":\"2026-11-22T12:00:00Z\",\"type\":\"health\",\"backend\":\"localhost-9001\","
                            + "\"url\":\"http://localhost:9001\",\"from\":\"degraded\",\"to\":\"healthy\","
                            + "\"cause\":\"probe answered \\\"200\\\"\\nid: 1\"}");
            pool.replace(List.of());
            assertThat(next(lines, "event:")).isEqualTo("left");

            assertThat(firstAfter(id)).isEqualTo("left");
            assertThat(firstAfter("1")).isEqualTo("missed");
        }
    }

    /** Comes back where another was, and returns the first event told. */
    private String firstAfter(String id) throws Exception {
        HttpRequest again = request("events")
                .header("Accept", "text/event-stream")
                .header("Last-Event-ID", id)
                .build();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                client.send(again, BodyHandlers.ofInputStream()).body(), StandardCharsets.UTF_8))) {
            return next(lines, "event:");
        }
    }

    private static String next(BufferedReader lines, String field) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.startsWith(field)) {
            line = lines.readLine();
        }
        return line == null ? "" : line.substring(field.length());
    }

    private HttpRequest.Builder request(String id) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + managementPort + "/actuator/goaround/" + id))
                .timeout(Patience.AMPLE);
    }

    @Test
    void theLatestChangesCanBeAskedFor() throws Exception {
        pool.replace(List.of(new BackendSpec(URI.create("http://localhost:9001"), 1, 1024, false)));
        String json =
                client.send(request("events").build(), BodyHandlers.ofString()).body();

        assertThat(json)
                .startsWith("{\"events\":[{\"id\":")
                .endsWith("\"at\":\"2026-11-22T12:00:00Z\",\"type\":\"joined\",\"backend\":\"localhost-9001\","
                        + "\"url\":\"http://localhost:9001\",\"to\":\"degraded\",\"cause\":\"not probed yet\"}]}");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({AdminConfiguration.class, NoChangesConfiguration.class})
    static class Application {

        @Bean
        Clock clock() {
            return Clock.fixed(NOON, ZoneOffset.UTC);
        }

        @Bean
        BackendPool pool(Clock clock) {
            return new BackendPool(Balancers.named("least-requests").orElseThrow(), clock);
        }

        @Bean
        FailureLog failureLog() {
            return new FailureLog();
        }

        @Bean
        StatusSources statusSources() {
            ProbeResult passed = new ProbeResult(true, "200", Duration.ofNanos(1_500_000), NOON);
            return new StatusSources(
                    "1.2.3",
                    () -> "least-requests",
                    backend ->
                            Optional.of(passed).filter(result -> backend.spec().secure()),
                    backend ->
                            Optional.of("2.7.1").filter(result -> backend.spec().secure()),
                    () -> List.of(
                            new SourceStatus("configuration", NOON, 2, null),
                            new SourceStatus("file", NOON, 1, "list: no such file")),
                    () -> new ConfigurationView(
                            NOON, 3, List.of("goaround.health.fall 0: expected >= 1"), List.of("server.port: 1 -> 2")),
                    List::of);
        }
    }
}
