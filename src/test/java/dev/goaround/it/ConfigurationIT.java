package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.Launch.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One setting, and the places that it may be set in. */
class ConfigurationIT {

    @TempDir
    private Path folder;

    @BeforeEach
    void writeFile() throws IOException {
        Files.writeString(folder.resolve("application.yml"), "goaround.backends: [http://file:1, http://file:2]\n");
    }

    @Test
    void theVariablesOfAServiceNamedServerSetNothing() {
        try (GoAround goAround = Launch.of("-p", "0", "--management-port", "0")
                .with("SERVER_PORT", "tcp://10.0.0.1:80")
                .with("SERVER_SERVICE_HOST", "10.0.0.1")
                .with("GOAROUND_PORT", "tcp://10.0.0.2:80")
                .start()) {
            assertThat(goAround.manage("/actuator/goaround").status()).isEqualTo(200);
            assertThat(goAround.out())
                    .anyMatch(line -> line.contains("ignored environment variables")
                            && line.endsWith("GOAROUND_PORT, SERVER_PORT, SERVER_SERVICE_HOST"));
        }
    }

    @Test
    void thePortsAndTheHealthAreWhereTheyAreWhereverFilesAreLookedFor() throws IOException {
        Files.writeString(folder.resolve("application.yml"), "server.port: 0\nmanagement.server.port: 0\n");
        try (GoAround goAround =
                Launch.of("--spring.config.location=file:" + folder + "/").start()) {
            assertThat(goAround.get("/actuator/health").status()).isEqualTo(503);
            assertThat(goAround.get("/actuator/health").body()).doesNotContain("\"components\"");
            assertThat(goAround.manage("/actuator/health/liveness").status()).isEqualTo(200);
        }
    }

    @Test
    void aFileInTheWorkingDirectoryIsRead() {
        assertThat(backends(Launch.of("--check"))).containsExactly("http://file:1", "http://file:2");
    }

    @Test
    void aFileInConfigWinsOverOneInTheWorkingDirectory() throws IOException {
        Files.createDirectory(folder.resolve("config"));
        Files.writeString(folder.resolve("config/application.yml"), "goaround.backends: http://config:1\n");
        assertThat(backends(Launch.of("--check"))).containsExactly("http://config:1");
    }

    @Test
    void theEnvironmentWinsOverFiles() {
        assertThat(backends(
                        Launch.of("--check").with("GOAROUND_BACKENDS", "http://environment:1,http://environment:2")))
                .containsExactly("http://environment:1", "http://environment:2");
    }

    @Test
    void flagsWinOverTheEnvironmentAndFiles() {
        assertThat(backends(Launch.of("--check", "-b", "http://flag:1")
                        .with("GOAROUND_BACKENDS", "http://environment:1,http://environment:2")))
                .containsExactly("http://flag:1");
    }

    @Test
    void whatFilesAndEnvironmentSayIsWhatRuns() throws IOException {
        try (BackendProcess heavy = BackendProcess.start("heavy");
                BackendProcess light = BackendProcess.start("light")) {
            Files.writeString(folder.resolve("application.yml"), """
                    server.port: 0
                    management.server.port: 0
                    goaround:
                      balance.policy: least-requests
                      backends:
                        - url: %s
                          weight: 3
                        - %s
                    """.formatted(heavy.url(), light.url()));
            try (GoAround goAround = Launch.of()
                    .in(folder)
                    .with("GOAROUND_BALANCE_POLICY", "round-robin")
                    .start()) {
                String status = goAround.manage("/actuator/goaround").body();
                assertThat(JsonPath.<String>read(status, "$.policy")).isEqualTo("round-robin");
                assertThat(JsonPath.<List<Integer>>read(status, "$.backends[*].weight"))
                        .containsExactly(3, 1);
                assertThat(goAround.get("/").status()).isEqualTo(200);
                assertThat(goAround.err()).isEmpty();
            }
        }
    }

    private List<String> backends(Launch launch) {
        Ended ended = launch.in(folder).toTheEnd();
        assertThat(ended.exitCode()).isZero();
        return ended.out().stream()
                .filter(line -> line.contains("- url: "))
                .map(line -> line.substring(line.indexOf("http")))
                .toList();
    }
}
