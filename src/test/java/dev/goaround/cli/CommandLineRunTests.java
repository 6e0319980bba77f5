package dev.goaround.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

class CommandLineRunTests {

    private static final String FREE = "-p 0 --management-port 0 --spring.main.web-application-type=none ";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void helpFitsTheScreenNamesEveryFlagAndShowsAnExample() {
        assertThat(run("--help")).isZero();
        assertThat(printed()).contains(Flag.allNames()).contains("Example:");
        assertThat(printed().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    }

    @Test
    void helpWinsOverMistakes() {
        assertThat(run("--nonsense --help")).isZero();
    }

    @Test
    void versionIsThatOfTheBuild() {
        assertThat(run("-V")).isZero();
        assertThat(printed()).matches("GoAround \\d+\\.\\d+\\.\\d+\\S*\\R");
    }

    @Test
    void checkPrintsTheResolvedSettings() {
        assertThat(run("--check -p 80 -n 7 -b http://A:1 --goaround.health.expect=200,404"))
                .isZero();
        assertThat(printed())
                .startsWith("server.port: 80\nmanagement.server.port: 3001\nmanagement.server.address: 127.0.0.1\n")
                .contains("  backends:\n    - url: http://a:1\n      weight: 1\n      max-connections: 7\n")
                .contains("    expect: '200,404'\n    interval: 2s\n")
                .contains("    request-line-limit: 16KB\n");
        assertThat(mistakes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--spring.config.location=file:",
                "--spring.config.name=other --spring.config.additional-location=file:"
            })
    void defaultsHoldWhereverFilesAreLookedFor(String where, @TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("application.yml"), "server.port: 3005\n");
        Files.writeString(folder.resolve("other.yml"), "server.port: 3005\n");
        assertThat(run("--check " + where + folder + "/")).isZero();
        assertThat(printed())
                .startsWith("server.port: 3005\nmanagement.server.port: 3001\nmanagement.server.address: 127.0.0.1\n");
    }

    @Test
    void filesAndProfilesWinOverDefaults(@TempDir Path folder) throws IOException {
        Files.writeString(
                folder.resolve("application.yml"),
                "spring: {profiles.active: night, config.import: more.yml}\nserver.port: 3005\n");
        Files.writeString(folder.resolve("application-night.yml"), "management.server.port: 3006\n");
        Files.writeString(folder.resolve("more.yml"), "goaround.health.fall: 9\n");
        assertThat(run("--check --spring.config.additional-location=file:" + folder + "/"))
                .isZero();
        assertThat(printed())
                .startsWith("server.port: 3005\nmanagement.server.port: 3006\n")
                .contains("    fall: 9\n");
    }

    @Test
    void checkOpensNoPort() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThat(run("--check -p " + taken.getLocalPort())).isZero();
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "-b http//localhost:9001   | -b http//localhost:9001: not a backend URL, did you mean"
                        + " http://localhost:9001?",
                "-n 0                      | -n 0: expected 1 to 1000000 or adaptive",
                "-n 99999999999            | -n 99999999999: expected 1 to 1000000 or adaptive",
                "--max-connections abc     | --max-connections abc: expected a whole number or adaptive",
                "-p 65536                  | -p 65536: expected a port from 0 to 65535",
                "--port abc                | --port abc: expected a port from 0 to 65535",
                "--management-port x       | --management-port x: expected a port from 0 to 65535",
                "--server.port=abc         | server.port abc: expected a port from 0 to 65535",
                "--goaround.health.fall=0  | goaround.health.fall 0: expected 1 to 1000",
                "--goaround.health.fal=1   | goaround.health.fal: unknown setting, did you mean goaround.health.fall?",
                "-cacert a.pem             | -cacert a.pem: needs its private key as well (-privkey or"
                        + " goaround.tls.private-key)",
                "-privkey a.pem            | -privkey a.pem: needs its certificate as well (-cacert or"
                        + " goaround.tls.certificate)",
                "-b http://a -b http://A:80 | -b http://A:80: duplicate backend, the same as http://a",
                "-b http://a --goaround.backends[1].url=http://b | --goaround.backends[1].url: not together with -b,"
                        + " give all backends in the same way",
                "--goaround.backends=http://b --backend http://a | --goaround.backends: not together with --backend,"
                        + " give all backends in the same way",
                "--prot 3000               | --prot: unknown flag, did you mean --port?",
                "-p                        | -p: needs a value, -p PORT",
                "--goaround.request-timeout=400000000d | goaround.request-timeout 400000000d: expected 1ms to 365d",
                "stray                     | stray: unexpected argument, flags begin with a dash",
                "--logging.level.root=LOUD | logging.level.root LOUD: expected trace, debug, info, warn, error,"
                        + " fatal or off",
            })
    void aMistakeIsOneSentenceAndExitCodeTwo(String line, String sentence) {
        assertThat(run(line)).isEqualTo(2);
        assertThat(mistakes()).containsExactly(sentence);
        assertThat(printed()).isEmpty();
        assertThat(run("--check " + line)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--check "})
    void whatNobodyThoughtOfIsASentenceAsWell(String check) {
        assertThat(run(check + "--server.port=${server.port}")).isEqualTo(2);
        assertThat(mistakes())
                .singleElement()
                .asString()
                .startsWith("the settings cannot be read: Circular placeholder");
        assertThat(printed()).isEmpty();
    }

    @Test
    void aSettingThatSpringBootReadsForItselfIsToldInTheSameWay() {
        assertThat(run("-p 0 --management-port 0 --spring.main.banner-mode=big"))
                .isEqualTo(2);
        assertThat(mistakes()).containsExactly("spring.main.banner-mode big: expected off, console or log");
    }

    @Test
    void mistakesOfTheCommandLineAndOfItsValuesAreToldTogether() {
        assertThat(run("-n 0 --prot 3000 -b localhost:1 -b http://a:1")).isEqualTo(2);
        assertThat(mistakes())
                .containsExactly(
                        "--prot: unknown flag, did you mean --port?",
                        "-n 0: expected 1 to 1000000 or adaptive",
                        "-b localhost:1: not a backend URL, did you mean http://localhost:1?");
    }

    @Test
    void aMistakeInAFileNamesFileAndLine(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("application.yml");
        Files.writeString(file, "goaround:\n  health:\n    fall: 0\n  backends:\n    - localhost:1\n");
        assertThat(run("--spring.config.additional-location=file:" + file)).isEqualTo(2);
        assertThat(mistakes())
                .containsExactly(
                        "goaround.health.fall 0: expected 1 to 1000 (" + file + ":3)",
                        "goaround.backends[0] localhost:1: not a backend URL, did you mean http://localhost:1? (" + file
                                + ":5)");
    }

    @Test
    void flagsReplaceTheBackendsOfAFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("application.yml");
        Files.writeString(file, "goaround:\n  backends: [http://a:1, http://b:1]\n  upstream.max-connections: 3\n");
        assertThat(run("--check -b http://c:1 -n 4 --spring.config.additional-location=file:" + file))
                .isZero();
        assertThat(printed()).contains("http://c:1").doesNotContain("http://a:1", "http://b:1", "connections: 3");
    }

    @Test
    void backendsMayBeGivenAsSettingsInsteadOfFlags() {
        assertThat(run("--check --goaround.backends[0].url=http://a --goaround.backends[1].url=http://b"
                        + " --goaround.backends[1].weight=2"))
                .isZero();
        assertThat(printed()).contains("http://a", "http://b");
    }

    @Test
    void aMalformedFileIsNamedWithItsLine(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("application.yml");
        Files.writeString(file, "goaround:\n  health: {\n");
        assertThat(run("--spring.config.additional-location=file:" + folder + "/"))
                .isEqualTo(2);
        assertThat(mistakes()).singleElement().asString().startsWith(file + ":3: not valid YAML, ");
    }

    @Test
    void aPortInUseIsToldBeforeAnythingStarts() throws IOException {
        try (ServerSocket traffic = new ServerSocket(0);
                ServerSocket management = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(run("-p " + traffic.getLocalPort() + " --management-port " + management.getLocalPort()))
                    .isEqualTo(2);
            assertThat(mistakes())
                    .containsExactly(
                            "-p " + traffic.getLocalPort() + ": port in use, stop what listens there or choose another",
                            "--management-port " + management.getLocalPort()
                                    + ": port in use on 127.0.0.1, stop what listens there or choose another");
        }
    }

    @Test
    void anAddressOfAnotherMachineIsToldAsSuch() {
        assertThat(run("-p 0 --management-port 0 --server.address=192.0.2.1")).isEqualTo(2);
        assertThat(mistakes()).containsExactly("-p 0: cannot listen on 192.0.2.1, not an address of this machine");
    }

    @Test
    void anyOtherFailureIsOneSentenceAndExitCodeOne() {
        assertThat(run(Failing.class, FREE)).isEqualTo(1);
        assertThat(mistakes()).containsExactly("goaround could not start: the disk is full");
    }

    @Test
    void aGoodCommandLineStarts() {
        assertThat(run(FREE + "-b http://localhost:9000")).isZero();
        assertThat(mistakes()).isEmpty();
    }

    private int run(String line) {
        return run(Empty.class, line);
    }

    private int run(Class<?> application, String line) {
        out.reset();
        err.reset();
        return new CommandLineRun(application, stream(out), stream(err))
                .run(line.strip().split(" +", -1));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private List<String> mistakes() {
        return new ArrayList<>(err.toString(StandardCharsets.UTF_8).lines().toList());
    }

    /** An application of nothing at all. */
    @Configuration(proxyBeanMethods = false)
    static class Empty {}

    /** An application that can't start. */
    @Configuration(proxyBeanMethods = false)
    static class Failing {

        @Bean
        @Lazy(false)
        Object broken() {
            throw new IllegalStateException("the disk is full");
        }
    }
}
