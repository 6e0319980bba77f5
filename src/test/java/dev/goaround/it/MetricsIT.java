package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.Prometheus;
import dev.goaround.testing.Prometheus.ToolResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus scrapes GoAround while one of its two backends is killed. */
class MetricsIT {

    private static final Path OBSERVABILITY = Path.of("deploy/observability");
    private static final Path RULES = OBSERVABILITY.resolve("alerts.yml");

    @TempDir
    private static Path folder;

    private static BackendProcess steady;
    private static BackendProcess killed;
    private static GoAround goAround;
    private static Prometheus prometheus;

    @BeforeAll
    static void start() {
        steady = BackendProcess.start("steady");
        killed = BackendProcess.start("killed");
        goAround = Launch.over(List.of(steady, killed));
        prometheus = Prometheus.start(folder, goAround, RULES);
        // What rates are made of: counters that rise between two scrapes.
        requests(20);
        awaitValue("sum(goaround_requests_total)", 20);
        killed.kill();
        requests(20);
        awaitValue("sum(goaround_requests_total)", 40);
    }

    private static void requests(int number) {
        for (int i = 0; i < number; i++) {
            assertThat(goAround.get("/").status()).isEqualTo(200);
        }
    }

    @AfterAll
    static void stop() {
        for (AutoCloseable each : new AutoCloseable[] {prometheus, goAround, steady, killed}) {
            try {
                if (each != null) {
                    each.close();
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void itFindsWhatHappened() {
        String ill = "backend=\"" + killed.id() + "\"";
        awaitValue("up{job=\"goaround\"}", 1);
        awaitValue(
                "sum(goaround_requests_total{status=\"2xx\",outcome=\"answered\",protocol=\"http/1\",method=\"safe\"})",
                40);
        awaitValue("sum(goaround_attempts_total{result=\"answered\"})", 40);
        awaitValue("goaround_backend_state{state=\"degraded\"," + ill + "}", 1);
        awaitValue("goaround_backend_state{state=\"healthy\",backend=\"" + steady.id() + "\"}", 1);
        awaitValue("sum(goaround_backend_flips_total{to=\"degraded\"," + ill + "})", 1);
        awaitValue("sum(goaround_request_duration_seconds_count)", 40);
        // Every attempt that the dead backend had no answer to was made once more.
        awaitValue(
                "sum(goaround_retries_total{" + ill
                        + "}) - sum(goaround_attempts_total{result=~\"unreachable|closed|stale\"," + ill + "})",
                0);
        await("the alert").until(() -> prometheus.alerts().contains("GoAroundBackendDegraded"));
        // A scrape that a busy machine was late with looks like a GoAround that is down, until the next one.
        await().untilAsserted(() ->
                assertThat(prometheus.alerts()).doesNotContain("GoAroundDown", "GoAroundNoHealthyBackend"));
    }

    /** Panels that have nothing to show while nothing of the kind happens. */
    @Test
    void everyPanelOfTheDashboardShowsSomethingOrWaitsForTrouble() throws IOException {
        List<String> queries = JsonPath.read(Files.readString(OBSERVABILITY.resolve("dashboard.json")), "$..expr");
        assertThat(queries).hasSizeGreaterThan(40);
        for (String query : queries) {
            String asked = query.replace("$__rate_interval", "30s").replaceAll("\\$(instance|backend)", ".*");
            boolean troubleOnly = query.endsWith("> 0")
                    || query.contains("outcome!=\"answered\"")
                    || query.contains("ejections")
                    || query.contains("certificate")
                    || query.contains("jvm_gc_pause");
            if (troubleOnly) {
                prometheus.values(asked); // It is understood, at least.
            } else {
                await(asked).until(() -> !prometheus.values(asked).isEmpty());
            }
        }
    }

    @Test
    void aBackendThatIsRemovedIsGoneFromTheNextScrape() {
        try (BackendProcess passing = BackendProcess.start("passing")) {
            String series = "count({backend=\"" + passing.id() + "\"})";
            assertThat(goAround.manage("POST", "/actuator/goaround", "{\"url\":\"" + passing.url() + "\"}")
                            .status())
                    .isEqualTo(200);
            await("its series").until(() -> !prometheus.values(series).isEmpty());
            assertThat(goAround.manage("DELETE", "/actuator/goaround/" + passing.id(), null)
                            .status())
                    .isEqualTo(200);
            await("no series of it").until(() -> prometheus.values(series).isEmpty());
        }
    }

    @Test
    void theRulesAreValidAndDoWhatTheirTestsSay() {
        ToolResult checked = Prometheus.promtool(OBSERVABILITY, "", "check", "rules", "alerts.yml");
        assertThat(checked.exitCode()).as("%s", checked.lines()).isZero();
        ToolResult tested = Prometheus.promtool(OBSERVABILITY, "", "test", "rules", "alerts-test.yml");
        assertThat(tested.exitCode()).as("%s", tested.lines()).isZero();
    }

    /** Those of Micrometer and Spring are not GoAround's to name. */
    @Test
    void nothingIsAgainstTheNamesOfOurMetrics() {
        String scrape = goAround.manage("/actuator/prometheus").body();
        ToolResult found = Prometheus.promtool(OBSERVABILITY, scrape, "check", "metrics");
        assertThat(found.lines()).noneMatch(line -> line.startsWith("goaround_"));
        assertThat(found.lines()).noneMatch(line -> line.contains("error while linting"));
    }

    private static void awaitValue(String query, double value) {
        await(query).untilAsserted(() -> assertThat(prometheus.values(query)).containsExactly(value));
    }
}
