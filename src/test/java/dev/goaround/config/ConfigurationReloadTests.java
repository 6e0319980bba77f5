package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class ConfigurationReloadTests {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path folder;

    private final ManualClock clock = new ManualClock();
    private final Map<String, Object> flags = new LinkedHashMap<>();
    private final List<String> logging = new ArrayList<>();

    @BeforeEach
    void lookInTheFolder() {
        flags.put("spring.config.location", "file:" + folder + "/,optional:file:" + folder + "/more/*/");
    }

    @Test
    void aChangeCountsOnceTwoLooksHaveFoundItTheSame() throws IOException {
        write("goaround.health.interval: 3s");
        Running running = start();
        write("goaround.health.interval: 4s");
        running.reload.look();
        assertThat(running.settings().health().interval()).hasSeconds(3);
        running.reload.look();
        assertThat(running.settings().health().interval()).hasSeconds(4);
        assertThat(running.reload.status()).isEqualTo(new ReloadStatus(START, 1, 0, List.of(), List.of()));
    }

    @Test
    void whatDoesNotChangeIsNotReadAgain() throws IOException {
        write("goaround.health.interval: 3s");
        Running running = start();
        running.looks();
        running.looks();
        assertThat(running.reload.status()).isEqualTo(ReloadStatus.NONE);
        assertThat(running.replaced).isEmpty();
    }

    @Test
    void aFileThatChangedDuringTheStartIsReadAtTheFirstLook() throws IOException {
        write("goaround.health.interval: 3s");
        Running running = new Running();
        write("goaround.health.interval: 4s");
        running.reload.look();
        assertThat(running.settings().health().interval()).hasSeconds(4);
    }

    @Test
    void aFileMayAppearLater() throws IOException {
        Running running = start();
        write("goaround.health.interval: 4s");
        running.looks();
        assertThat(running.settings().health().interval()).hasSeconds(4);
        Files.delete(folder.resolve("application.yml"));
        running.looks();
        assertThat(running.settings().health().interval()).hasSeconds(2);
    }

    @Test
    void aFolderMayAppearLater() throws IOException {
        Files.createDirectory(folder.resolve("more"));
        Running running = start();
        Files.createDirectory(folder.resolve("more/a"));
        Files.writeString(folder.resolve("more/a/application.properties"), "goaround.health.fall=5\n");
        running.looks();
        assertThat(running.settings().health().fall()).isEqualTo(5);
    }

    @Test
    void importedFilesAndThoseOfProfilesAreWatched() throws IOException {
        write("""
                spring.profiles.active: night
                spring.config.import: optional:./imported.yml
                """);
        Running running = start();
        Files.writeString(folder.resolve("imported.yml"), "goaround.health.fall: 3\n");
        Files.writeString(folder.resolve("application-night.yml"), "goaround.health.interval: 9s\n");
        running.looks();
        assertThat(running.settings().health().fall()).isEqualTo(3);
        assertThat(running.settings().health().interval()).hasSeconds(9);
    }

    @Test
    void aTreeOfFilesIsWatched() throws IOException {
        Path tree = Files.createDirectories(folder.resolve("tree"));
        write("spring.config.import: configtree:" + tree + "/");
        Running running = start();
        Files.writeString(tree.resolve("goaround.health.fall"), "4");
        running.looks();
        assertThat(running.settings().health().fall()).isEqualTo(4);
    }

    @Test
    void aRenameAndASymbolicLinkThatLeadsElsewhereAreChanges() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        Files.writeString(data.resolve("one.yml"), "goaround.health.fall: 3\n");
        Files.writeString(data.resolve("two.yml"), "goaround.health.fall: 4\n");
        Path link = folder.resolve("application.yml");
        Files.createSymbolicLink(link, data.resolve("one.yml"));
        Running running = start();
        assertThat(running.settings().health().fall()).isEqualTo(3);
        Path other = Files.createSymbolicLink(folder.resolve("other"), data.resolve("two.yml"));
        Files.move(other, link, StandardCopyOption.ATOMIC_MOVE);
        running.looks();
        assertThat(running.settings().health().fall()).isEqualTo(4);
        Path third = Files.writeString(folder.resolve("third"), "goaround.health.fall: 5\n");
        Files.move(third, link, StandardCopyOption.ATOMIC_MOVE);
        running.looks();
        assertThat(running.settings().health().fall()).isEqualTo(5);
    }

    @Test
    void theThreadThatReadsNeedNotKnowTheApplicationsClasses() throws Exception {
        write("goaround.health.interval: 3s");
        Running running = start();
        write("goaround.health.interval: 4s");
        Thread signal = new Thread(running.reload::reload);
        signal.setContextClassLoader(ClassLoader.getPlatformClassLoader());
        signal.start();
        signal.join();
        assertThat(running.reload.status().mistakes()).isEmpty();
        assertThat(running.settings().health().interval()).hasSeconds(4);
    }

    @Test
    void flagsStillWin() throws IOException {
        flags.put("goaround.health.fall", "7");
        write("goaround.health: {fall: 3, interval: 3s}");
        Running running = start();
        write("goaround.health: {fall: 4, interval: 4s}");
        running.looks();
        assertThat(running.settings().health().fall()).isEqualTo(7);
        assertThat(running.settings().health().interval()).hasSeconds(4);
    }

    @Test
    void nothingChangesIfAnythingIsWrong() throws IOException {
        write("goaround.health.interval: 3s");
        Running running = start();
        write("""
                goaround:
                  health: {interval: 5s, fall: 0}
                  helth.path: /up
                logging.level.dev.goaround: debug
                """);
        clock.advance(Duration.ofSeconds(9));
        running.looks();
        assertThat(running.settings().health().interval()).hasSeconds(3);
        assertThat(running.replaced).isEmpty();
        assertThat(logging).isEmpty();
        assertThat(running.reload.status().mistakes())
                .hasSize(2)
                .anyMatch(mistake -> mistake.startsWith("goaround.helth.path: unknown setting, did you mean"))
                .anyMatch(mistake -> mistake.startsWith("goaround.health.fall 0: expected 1 to 1000")
                        && mistake.endsWith("application.yml:2)"));
        assertThat(running.reload.status().reloads()).isZero();
        write("goaround.health.interval: 6s");
        running.looks();
        assertThat(running.settings().health().interval()).hasSeconds(6);
        assertThat(running.reload.status())
                .isEqualTo(new ReloadStatus(START.plusSeconds(9), 1, 1, List.of(), List.of()));
    }

    @Test
    void whatIsNoYamlAndNoLevelIsAMistake() throws IOException {
        Running running = start();
        write("goaround: [");
        running.looks();
        assertThat(running.reload.status().mistakes())
                .singleElement()
                .asString()
                .contains("application.yml:")
                .contains(": not valid YAML, ");
        write("logging.level.dev.goaround: loud");
        running.looks();
        assertThat(running.reload.status().mistakes())
                .singleElement()
                .asString()
                .startsWith("logging.level.dev.goaround loud: expected trace, debug, ");
    }

    @Test
    void portsNeedARestartUntilTheyAreSetBack() throws IOException {
        write("""
                server.port: 3000
                goaround.listen.header-limit: 32KB
                """);
        Running running = start();
        write("""
                server.port: 3005
                goaround.listen.header-limit: 64KB
                goaround.health.fall: 3
                """);
        running.looks();
        assertThat(running.settings().health().fall()).isEqualTo(3);
        assertThat(running.settings().listen().headerLimit().toKilobytes()).isEqualTo(32);
        assertThat(running.reload.status().needsRestart())
                .containsExactly("server.port: 3000 -> 3005", "goaround.listen.header-limit: 32KB -> 64KB");
        write("server.port: 3000");
        running.looks();
        assertThat(running.reload.status().needsRestart()).isEmpty();
        assertThat(running.settings().health().fall()).isEqualTo(2);
    }

    @Test
    void aDefaultThatAFileNoLongerOverridesIsTheDefaultAgain() throws IOException {
        write("management.server.port: 3005");
        Running running = start();
        write("");
        running.looks();
        assertThat(running.reload.status().needsRestart()).containsExactly("management.server.port: 3005 -> 3001");
    }

    @Test
    void whatIsGoodOnlyWithARestartIsRefusedUntilThen() throws IOException {
        write("goaround.upstream.proxy-protocol: v1");
        Running running = start();
        write("goaround.backends: [{url: 'https://a', protocol: h2}]");
        running.looks();
        assertThat(running.settings().backends()).isEmpty();
        assertThat(running.reload.status().mistakes())
                .containsExactly("goaround.backends[0].protocol h2: goaround.upstream.proxy-protocol needs HTTP/1.1"
                        + " (until a restart, which other changes need)");
    }

    @Test
    void levelsOfLoggersChangeAtOnce() throws IOException {
        write("logging.level: {root: warn, 'dev.goaround': info}");
        Running running = start();
        write("logging.level: {root: warn, 'dev.goaround': debug, other: error}");
        running.looks();
        write("logging.level: {root: warn, 'dev.goaround': debug}");
        running.looks();
        assertThat(logging).containsExactly("dev.goaround DEBUG", "other ERROR", "other null");
        assertThat(running.reload.status().needsRestart()).isEmpty();
    }

    @Test
    void readsAtOnceWhatItIsToldTo() throws IOException {
        Running running = start();
        write("goaround.health.fall: 3");
        running.reload.reload();
        assertThat(running.settings().health().fall()).isEqualTo(3);
        running.reload.reload();
        assertThat(running.reload.status().reloads()).isEqualTo(2);
        running.looks();
        assertThat(running.reload.status().reloads()).isEqualTo(2);
    }

    @Test
    void aFileOfBackendsThatIsWatchedAnyhowIsNoMatterOfASettings() throws IOException {
        Path backends = Files.writeString(folder.resolve("backends"), "http://a:1\n");
        write("goaround.membership.file: " + backends);
        Running running = start();
        Files.writeString(backends, "nonsense://\n");
        write("goaround: {membership.file: " + backends + ", health.fall: 3}");
        running.looks();
        assertThat(running.settings().health().fall()).isEqualTo(3);
    }

    private void write(String content) throws IOException {
        Files.writeString(folder.resolve("application.yml"), content + "\n");
    }

    private Running start() {
        Running running = new Running();
        running.reload.look();
        return running;
    }

    private final class Running {

        final List<String> replaced = new ArrayList<>();
        final LiveSettings live;
        final ConfigurationReload reload;

        Running() {
            StandardEnvironment environment = new StandardEnvironment();
            environment.getPropertySources().addFirst(new MapPropertySource("flags", flags));
            new OutsideSources().postProcessEnvironment(environment, new SpringApplication());
            ConfigDataEnvironmentPostProcessor.applyTo(environment);
            new Defaults().postProcessEnvironment(environment, new SpringApplication());
            ConfigurationPropertySources.attach(environment);
            live = new LiveSettings(SettingsReader.read(environment));
            live.follow((before, now) -> replaced.add("replaced"));
            reload =
                    new ConfigurationReload(environment, live, (name, level) -> logging.add(name + " " + level), clock);
        }

        void looks() {
            reload.look();
            reload.look();
        }

        GoAroundProperties settings() {
            return live.get();
        }
    }
}
