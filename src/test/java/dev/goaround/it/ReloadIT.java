package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.ConstantLoad;
import dev.goaround.testing.ConstantLoad.Mix;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings that change while the packaged jar runs. */
class ReloadIT {

    private static BackendProcess first;
    private static BackendProcess second;

    @TempDir
    private Path folder;

    @BeforeAll
    static void startBackends() {
        first = BackendProcess.startFaulty("first");
        second = BackendProcess.startFaulty("second");
    }

    @AfterAll
    static void stopBackends() {
        first.close();
        second.close();
    }

    @Test
    void whatIsGoodIsInForceAndWhatIsNotChangesNothing() throws IOException {
        write("""
                goaround:
                  backends: %s
                  health.interval: 20s
                """.formatted(first.url()));
        try (GoAround goAround = start()) {
            assertThat(configuration(goAround, "reloads")).isEqualTo(0);
            write("""
                    goaround:
                      backends: [%s, %s]
                      balance.policy: round-robin
                      health.interval: 1s
                    logging.level.dev.goaround.nothing: debug
                    """.formatted(first.url(), second.url()));
            ample().untilAsserted(
                            () -> assertThat(configuration(goAround, "reloads")).isEqualTo(1));
            goAround.awaitState(second, "healthy");
            assertThat(text(goAround, "$.policy")).isEqualTo("round-robin");
            assertThat(line(goAround, "settings have changed"))
                    .contains("goaround.balance.policy: least-requests -> round-robin")
                    .contains("goaround.health.interval: 20s -> 1s")
                    .contains("logging.level.dev.goaround.nothing: unset -> debug");
            // Which the interval of 20 s would have it wait for.
            String probed = text(goAround, "$.backends[0].lastProbe.at");
            ample().until(() -> !text(goAround, "$.backends[0].lastProbe.at").equals(probed));

            write("""
                    goaround:
                      backends: http//nobody
                      health.fall: 0
                    """);
            ample().untilAsserted(() -> assertThat(texts(goAround, "$.configuration.mistakes"))
                    .hasSize(2)
                    .anyMatch(mistake -> mistake.endsWith("expected 1 to 1000 (application.yml:3)"))
                    .anyMatch(mistake -> mistake.contains("did you mean http://nobody?")));
            assertThat(line(goAround, "the settings before stay")).contains("did you mean http://nobody?");
            assertThat(texts(goAround, "$.backends[*].url")).containsExactly(first.url(), second.url());
            assertThat(configuration(goAround, "reloads")).isEqualTo(1);
            assertThat(goAround.get("/").status()).isEqualTo(200);
        }
    }

    /** The thread of a signal differs from one JDK to the next. JAVA25_HOME names a JDK other than that of the tests. */
    @Test
    void aSignalHasItReadByAnotherJdkAsWell() throws IOException {
        String home = System.getenv("JAVA25_HOME");
        Assumptions.assumeTrue(home != null, "JAVA25_HOME is not set: SIGHUP is tried with the JDK of the tests only");
        write("goaround.health.fall: 3");
        try (GoAround goAround = Launch.of("-p", "0", "--management-port", "0", "-b", first.url())
                .in(folder)
                .by(Path.of(home))
                .start()) {
            write("goaround.health.fall: 4");
            goAround.hangUp();
            goAround.awaitLine("settings have changed: goaround.health.fall: 3 -> 4");
            assertThat(texts(goAround, "$.configuration.mistakes")).isEmpty();
        }
    }

    @Test
    void aSignalHasItReadAtOnceAndFlagsStillWin() throws IOException {
        write("goaround.backends: %s".formatted(first.url()));
        try (GoAround goAround = start("--goaround.health.fall=7")) {
            write("""
                    goaround.backends: %s
                    goaround.health: {fall: 3, timeout: 900ms}
                    """.formatted(second.url()));
            goAround.hangUp();
            goAround.awaitState(second, "healthy");
            assertThat(line(goAround, "settings have changed"))
                    .contains("goaround.health.timeout: 1s -> 900ms")
                    .doesNotContain("fall");
            ample().until(() -> goAround.get("/").status() == 200);
            int reloads = configuration(goAround, "reloads");
            goAround.hangUp();
            ample().untilAsserted(
                            () -> assertThat(configuration(goAround, "reloads")).isGreaterThan(reloads));
            assertThat(goAround.out().stream().filter(line -> line.contains("settings have changed")))
                    .hasSize(1);
            assertThat(goAround.isAlive()).isTrue();
        }
    }

    @Test
    void aProcessThatIgnoresTheSignalGoesOnDoingSo() throws IOException {
        write("goaround.backends: %s".formatted(first.url()));
        try (GoAround goAround = Launch.of("-p", "0", "--management-port", "0")
                .in(folder)
                .behind("nohup")
                .start()) {
            goAround.hangUp();
            write("goaround.backends: %s".formatted(second.url()));
            goAround.awaitState(second, "healthy");
            assertThat(goAround.isAlive()).isTrue();
        }
    }

    @Test
    void portsNeedARestartUntilTheyAreSetBack() throws IOException {
        write("""
                server.port: 0
                management.server.port: 0
                goaround.backends: %s
                """.formatted(first.url()));
        try (GoAround goAround = Launch.of().in(folder).start()) {
            write("""
                    server.port: 3999
                    management.server.port: 0
                    goaround:
                      backends: %s
                      listen.http2: false
                    """.formatted(second.url()));
            ample().untilAsserted(() -> assertThat(texts(goAround, "$.configuration.needsRestart"))
                    .containsExactly("server.port: 0 -> 3999", "goaround.listen.http2: true -> false"));
            assertThat(line(goAround, "needs a restart"))
                    .contains("server.port: 0 -> 3999 needs a restart")
                    .contains("goaround.listen.http2: true -> false needs a restart");
            goAround.awaitState(second, "healthy");
            assertThat(goAround.get("/").status()).isEqualTo(200);
            write("""
                    server.port: 0
                    management.server.port: 0
                    goaround.backends: %s
                    """.formatted(second.url()));
            ample().untilAsserted(() ->
                    assertThat(texts(goAround, "$.configuration.needsRestart")).isEmpty());
        }
    }

    @Test
    void requestsDoNotNotice() throws Exception {
        List<String> policies =
                List.of("round-robin", "peak-ewma", "least-time", "consistent-hash", "random", "two-choices");
        write("goaround.backends: [%s, %s]".formatted(first.url(), second.url()));
        try (GoAround goAround = start();
                ConstantLoad load = new ConstantLoad(goAround.port()).with(4, Mix.EVERY_METHOD)) {
            for (int i = 0; i < policies.size(); i++) {
                replace("""
                        goaround:
                          backends: [%s]
                          balance: {policy: %s, sticky.cookie: c%d}
                          upstream: {response-timeout: %ds, max-connections: %d}
                          retry: {buffer-size: %dKB, hedge: %b}
                          limit.queue-length: %d
                        """.formatted(
                                i % 2 == 0 ? first.url() : first.url() + ", " + second.url(),
                                policies.get(i),
                                i,
                                20 + i,
                                100 + i,
                                16 + i,
                                i % 2 == 0,
                                900 + i));
                goAround.hangUp();
                String policy = policies.get(i);
                ample().until(() -> text(goAround, "$.policy").equals(policy));
                int seen = load.exchanges();
                ample().until(() -> load.exchanges() > seen + 200);
            }
            assertThat(load.stop()).filteredOn(exchange -> !exchange.right()).isEmpty();
            assertThat(texts(goAround, "$.configuration.mistakes")).isEmpty();
        }
    }

    private GoAround start(String... flags) {
        List<String> all = new ArrayList<>(List.of("-p", "0", "--management-port", "0"));
        all.addAll(List.of(flags));
        return Launch.of(all.toArray(new String[0])).in(folder).start();
    }

    private void write(String content) throws IOException {
        Files.writeString(folder.resolve("application.yml"), content + "\n");
    }

    private void replace(String content) throws IOException {
        Files.move(
                Files.writeString(folder.resolve("next"), content),
                folder.resolve("application.yml"),
                StandardCopyOption.ATOMIC_MOVE);
    }

    private static int configuration(GoAround goAround, String part) {
        return JsonPath.<Integer>read(status(goAround), "$.configuration." + part);
    }

    private static String text(GoAround goAround, String path) {
        return JsonPath.read(status(goAround), path);
    }

    private static List<String> texts(GoAround goAround, String path) {
        return JsonPath.read(status(goAround), path);
    }

    private static String status(GoAround goAround) {
        return goAround.manage("/actuator/goaround").body();
    }

    private static String line(GoAround goAround, String part) {
        return goAround.line(part);
    }

    private static ConditionFactory ample() {
        return await().pollInterval(Duration.ofMillis(50));
    }
}
