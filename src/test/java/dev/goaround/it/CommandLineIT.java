package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.Certificates;
import dev.goaround.testing.Launch;
import dev.goaround.testing.Launch.Ended;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that end by themselves: mistakes, and what is only printed. */
class CommandLineIT {

    private static final String FREE = "-p 0 --management-port 0 ";

    @TempDir
    private static Path folder;

    @BeforeAll
    static void writeCertificates() throws IOException {
        Certificates.forName("localhost").writePem(folder.resolve("chain.pem"), folder.resolve("key.pem"));
        Certificates.forName("localhost").writePem(folder.resolve("other.pem"), folder.resolve("other-key.pem"));
        Files.createDirectory(folder.resolve("directory"));
        Files.writeString(folder.resolve("text.pem"), "no certificate\n");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "-b http//localhost:9001    | -b http//localhost:9001: not a backend URL, did you mean"
                        + " http://localhost:9001?",
                "-b http://a:1 -b http://A:1/ | -b http://A:1/: duplicate backend, the same as http://a:1",
                "-b                         | -b: needs a value, -b URL",
                "--prot 3000                | --prot: unknown flag, did you mean --port?",
                "-n 0                       | -n 0: expected 1 to 1000000 or adaptive",
                "-p 65536                   | -p 65536: expected a port from 0 to 65535",
                "stray                      | stray: unexpected argument, flags begin with a dash",
                "--goaround.helth.fall=1    | goaround.helth.fall: unknown setting, did you mean goaround.health.fall?",
                "--goaround.health.fall=0   | goaround.health.fall 0: expected 1 to 1000",
                "-cacert chain.pem          | -cacert chain.pem: needs its private key as well (-privkey or"
                        + " goaround.tls.private-key)",
                "-privkey key.pem           | -privkey key.pem: needs its certificate as well (-cacert or"
                        + " goaround.tls.certificate)",
                "-cacert chain.pem -privkey other-key.pem | -privkey other-key.pem: does not belong to the certificate"
                        + " chain.pem",
                "-cacert none.pem -privkey key.pem | -cacert none.pem: no such file",
                "-cacert chain.pem -privkey directory | -privkey directory: is a directory, expected a PEM file",
                "-cacert text.pem -privkey key.pem | -cacert text.pem: not a PEM certificate",
                "-cacert chain.pem -privkey chain.pem | -privkey chain.pem: not a PEM private key, but a certificate",
            })
    void aMistakeIsOneSentenceOnStandardErrorAndExitCodeTwo(String flags, String sentence) {
        Ended ended = run((flags.startsWith("-p ") ? "--management-port 0 " : FREE) + flags);
        assertThat(ended.err()).containsExactly(sentence);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.exitCode()).isEqualTo(2);
    }

    @Test
    void everyMistakeOfOneCommandLineIsTold() {
        Ended ended = run("-n 0 --prot 3000 -b localhost:1 -b http://a:1 -cacert none.pem -privkey text.pem");
        assertThat(ended.err())
                .containsExactlyInAnyOrder(
                        "--prot: unknown flag, did you mean --port?",
                        "-n 0: expected 1 to 1000000 or adaptive",
                        "-b localhost:1: not a backend URL, did you mean http://localhost:1?",
                        "-cacert none.pem: no such file",
                        "-privkey text.pem: not a PEM private key");
        assertThat(ended.out()).isEmpty();
        assertThat(ended.exitCode()).isEqualTo(2);
    }

    @Test
    void portsInUseAreTold() throws IOException {
        try (ServerSocket traffic = new ServerSocket(0);
                ServerSocket management = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = traffic.getLocalPort();
            int managementPort = management.getLocalPort();
            Ended ended = run("-b http://localhost:9 -p " + port + " --management-port " + managementPort);
            assertThat(ended.err())
                    .containsExactly(
                            "-p " + port + ": port in use, stop what listens there or choose another",
                            "--management-port " + managementPort
                                    + ": port in use on 127.0.0.1, stop what listens there or choose another");
            assertThat(ended.out()).isEmpty();
            assertThat(ended.exitCode()).isEqualTo(2);
        }
    }

    @Test
    void anUnknownKeyInAFileIsToldWithItsLine(@TempDir Path here) throws IOException {
        Files.writeString(here.resolve("application.yml"), "goaround:\n  backend: http://localhost:1\n");
        Ended ended = Launch.of("-p", "0", "--management-port", "0").in(here).toTheEnd();
        assertThat(ended.err())
                .containsExactly(
                        "goaround.backend: unknown setting, did you mean goaround.backends? (application.yml:2)");
        assertThat(ended.out()).isEmpty();
        assertThat(ended.exitCode()).isEqualTo(2);
    }

    @Test
    void aGoodConfigurationIsPrintedByCheck() {
        Ended ended = run("--check -b http://localhost:9000 -n 7 -cacert chain.pem -privkey key.pem");
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out())
                .contains("server.port: 3000", "    - url: http://localhost:9000", "      max-connections: 7");
    }

    @Test
    void aBadConfigurationFailsTheCheck() {
        Ended ended = run("--check -b http://localhost:9000 -n 0");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err()).containsExactly("-n 0: expected 1 to 1000000 or adaptive");
        assertThat(ended.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h"})
    void helpFits80ColumnsAndShowsAnExample(String flag) {
        Ended ended = run(flag);
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).contains("Example:").anyMatch(line -> line.contains("--management-port"));
        assertThat(ended.out()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "-V"})
    void versionIsOneLine(String flag) {
        Ended ended = run(flag);
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).singleElement().asString().matches("GoAround \\d+\\.\\d+\\.\\d+\\S*");
    }

    private static Ended run(String flags) {
        return Launch.of(flags.split(" ", -1)).in(folder).toTheEnd();
    }
}
