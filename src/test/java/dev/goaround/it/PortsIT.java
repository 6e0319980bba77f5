package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.HeldPort;
import dev.goaround.testing.Launch;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What answers on which port, over two backends that are well. */
class PortsIT {

    private static BackendProcess a;
    private static BackendProcess b;
    private static GoAround goAround;

    @BeforeAll
    static void start() {
        a = BackendProcess.start("a");
        b = BackendProcess.start("b");
        // The first probes have as long as a busy machine takes.
        goAround = Launch.over(
                List.of(a, b),
                "--goaround.health.interval=30s",
                "--goaround.health.degraded-interval=30s",
                "--goaround.health.timeout=30s");
    }

    @AfterAll
    static void stop() {
        goAround.close();
        a.close();
        b.close();
    }

    @Test
    void requestsAlternateBetweenTwoBackends() throws IOException {
        List<String> answers = new ArrayList<>();
        try (RawClient client = goAround.client()) {
            for (int i = 0; i < 20; i++) {
                answers.add(client.get("/some/path").body());
            }
        }
        String first = answers.get(0);
        String second = answers.get(1);
        assertThat(List.of(first, second)).containsExactlyInAnyOrder("a GET /some/path 0", "b GET /some/path 0");
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i)).isEqualTo(i % 2 == 0 ? first : second);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/actuator", "/actuator/goaround", "/actuator/health", "/actuator/health/liveness"})
    void everyPathOfTheTrafficPortReachesABackend(String path) {
        assertThat(goAround.get(path).body()).matches("[ab] GET " + path + " 0");
    }

    @Test
    void theStartUpPictureNamesThePortsThatWereTaken() {
        List<String> messages = goAround.out().stream()
                .map(line -> line.replaceFirst("^.*?StartupReporter: ", ""))
                .toList();
        assertThat(messages.get(0))
                .matches("GoAround \\d+\\.\\d+\\.\\d+\\S*  http://localhost:" + goAround.port()
                        + "  \\(status http://127\\.0\\.0\\.1:" + goAround.managementPort() + "/actuator/goaround\\)");
        assertThat(goAround.port()).isPositive();
        assertThat(goAround.managementPort()).isPositive().isNotEqualTo(goAround.port());
        assertThat(messages.get(1)).isEqualTo("least-requests over 2 backends:");
        assertThat(messages.subList(2, 4))
                .allSatisfy(line -> assertThat(line).endsWith("healthy"))
                .anySatisfy(line -> assertThat(line).contains(a.url()))
                .anySatisfy(line -> assertThat(line).contains(b.url()));
        assertThat(goAround.err()).isEmpty();
    }

    @Test
    void theManagementPortTellsOfThePoolAndOfOneBackend() {
        var pool = goAround.manage("/actuator/goaround");
        assertThat(pool.status()).isEqualTo(200);
        assertThat(JsonPath.<List<String>>read(pool.body(), "$.backends[*].id")).containsExactly(a.id(), b.id());
        assertThat(JsonPath.<List<String>>read(pool.body(), "$.backends[*].state"))
                .containsExactly("healthy", "healthy");
        assertThat(JsonPath.<Integer>read(pool.body(), "$.totals.healthy")).isEqualTo(2);
        var one = goAround.manage("/actuator/goaround/" + b.id());
        assertThat(one.status()).isEqualTo(200);
        assertThat(JsonPath.<String>read(one.body(), "$.url")).isEqualTo(b.url());
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"/actuator/goaround/unknown", "/other.js", "/some/path"})
    void theManagementPortAnswers404ToWhatItDoesNotKnow(String path) {
        assertThat(goAround.manage(path).status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/actuator/health", "/actuator/health/readiness", "/actuator/health/liveness"})
    void healthIsUpWhileBackendsAreHealthy(String path) {
        var health = goAround.manage(path);
        assertThat(health.status()).isEqualTo(200);
        assertThat(JsonPath.<String>read(health.body(), "$.status")).isEqualTo("UP");
    }

    @Test
    void infoNamesTheBuild() {
        assertThat(goAround.manage("/actuator/info").status()).isEqualTo(200);
    }

    private static GoAround onOnePort(HeldPort held) {
        String port = Integer.toString(held.port());
        return Launch.of("-p", port, "--management-port", port, "-b", a.url()).start();
    }

    @Test
    void bothPortsMayBeOne() throws IOException {
        // The port has to be known beforehand, as 0 twice makes two.
        try (HeldPort held = HeldPort.take();
                GoAround both = onOnePort(held)) {
            assertThat(both.managementPort()).isEqualTo(both.port());
            assertThat(JsonPath.<Integer>read(both.manage("/actuator/goaround").body(), "$.totals.backends"))
                    .isEqualTo(1);
            assertThat(both.manage("/actuator/health/readiness").status()).isEqualTo(200);
            assertThat(both.get("/some/path").body()).isEqualTo("a GET /some/path 0");
            assertThat(both.get("/").body()).isEqualTo("a GET / 0");
        }
    }
}
