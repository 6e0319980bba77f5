package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.Dnsmasq;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.Launch.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backends from a file and from a name server. */
class MembershipIT {

    private static BackendProcess first;
    private static BackendProcess second;

    @TempDir
    private Path folder;

    @BeforeAll
    static void startBackends() {
        first = BackendProcess.start("first");
        second = BackendProcess.start("second");
    }

    @AfterAll
    static void stopBackends() {
        first.close();
        second.close();
    }

    // A file

    private GoAround overFile(Path file) {
        return Launch.of("-p", "0", "--management-port", "0", "--goaround.membership.file=" + file)
                .in(folder)
                .start();
    }

    @Test
    void aFileIsWatchedHoweverItIsChanged() throws IOException {
        // As Kubernetes does it: a link to a file in a folder that is a link itself, which is swapped.
        configMap("v1", first.url());
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("v1"));
        Path file = Files.createSymbolicLink(folder.resolve("backends"), Path.of("..data/backends"));
        try (GoAround goAround = overFile(file)) {
            assertThat(goAround.get("/").status()).isEqualTo(200);
            assertThat(urls(goAround)).containsExactly(first.url());
            configMap("v2", second.url());
            Path swapped = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("v2"));
            rename(swapped, folder.resolve("..data"));
            awaitHealthy(goAround, second.url());

            rename(Files.writeString(folder.resolve("next"), "- url: " + first.url() + "\n  weight: 3\n"), file);
            awaitHealthy(goAround, first.url());

            Files.writeString(file, "# both\n" + first.url() + "\n" + second.url() + "\n");
            awaitHealthy(goAround, first.url(), second.url());

            Files.writeString(file, "http//nobody\n");
            goAround.awaitLine("backends:1");
            assertThat(urls(goAround)).containsExactly(first.url(), second.url());
            assertThat(mistakes(goAround)).singleElement().asString().contains("did you mean http://nobody?");

            Files.delete(file);
            goAround.awaitLine("no such file");
            assertThat(urls(goAround)).containsExactly(first.url(), second.url());
            assertThat(goAround.get("/").status()).isEqualTo(200);

            Files.writeString(file, "");
            goAround.awaitLine("lists no backends");
            await().until(() -> urls(goAround).isEmpty());
            assertThat(goAround.get("/").status()).isEqualTo(503);
        }
    }

    private static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void configMap(String version, String url) throws IOException {
        Files.createDirectory(folder.resolve(version));
        Files.writeString(folder.resolve(version).resolve("backends"), url + "\n");
    }

    @Test
    void aWrongFileEndsTheStart() throws IOException {
        Files.writeString(folder.resolve("backends"), "http://a:1\nhttp://b:70000\n");
        Ended wrong =
                Launch.of("--goaround.membership.file=backends").in(folder).toTheEnd();
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err())
                .containsExactly("goaround.backends[1] http://b:70000: port 70000 does not exist, expected 1 to 65535"
                        + " (backends:2)");

        Ended missing =
                Launch.of("--goaround.membership.file=nothing").in(folder).toTheEnd();
        assertThat(missing.exitCode()).isEqualTo(2);
        assertThat(missing.err()).singleElement().asString().contains("goaround.membership.file nothing: no such file");
    }

    // A name server

    private GoAround overNames(Dnsmasq server, String... names) {
        List<String> flags = new ArrayList<>(List.of(
                "-p",
                "0",
                "--management-port",
                "0",
                "--goaround.dns.servers=" + server.address(),
                "--goaround.dns.min-ttl=1s",
                "--goaround.dns.max-ttl=3s",
                "--goaround.dns.timeout=4s"));
        List.of(names).forEach(name -> flags.addAll(List.of("-b", name)));
        return Launch.of(flags.toArray(new String[0])).in(folder).start();
    }

    private Dnsmasq server(String... lines) {
        return Dnsmasq.start(folder, lines);
    }

    /** A line that gives a name an address, for a second. */
    private static String host(String name, String address) {
        return "host-record=" + name + ".test," + address + ",1";
    }

    @Test
    void addressesFollowTheNameServerAndOutliveIt() {
        // One address of several: all of 127.0.0.0/8 is this machine, and only 127.0.0.1 has a backend.
        try (Dnsmasq server =
                        server(host("app", "127.0.0.1"), host("app", "127.0.0.2"), "cname=alias.test,app.test,1");
                GoAround goAround = overNames(server, "dns://Alias.test:" + first.port())) {
            assertThat(urls(goAround)).containsExactly(first.url(), "http://127.0.0.2:" + first.port());
            assertThat(goAround.get("/").status()).isEqualTo(200);
            assertThat(JsonPath.<List<String>>read(status(goAround), "$.backends[0].sources"))
                    .containsExactly("dns://alias.test:" + first.port());

            server.say(host("app", "127.0.0.1"), "cname=alias.test,app.test,1");
            await().until(() -> urls(goAround).equals(List.of(first.url())));

            server.kill();
            goAround.awaitLine("no answer from " + server.address());
            assertThat(mistakes(goAround)).singleElement().asString().contains("no answer from");
            assertThat(urls(goAround)).containsExactly(first.url());
            assertThat(goAround.get("/").status()).isEqualTo(200);

            server.say(host("app", "127.0.0.1"), host("app", "127.0.0.3"), "cname=alias.test,app.test,1");
            goAround.awaitLine("there are answers again");
            await().until(() -> urls(goAround).size() == 2);
        }
    }

    @Test
    void aNameMayComeLateAndIsKeptForAWhileWhenItIsGone() {
        try (Dnsmasq server = server();
                GoAround goAround = overNames(server, "dns://app.test:" + first.port())) {
            assertThat(goAround.get("/").status()).isEqualTo(503);
            server.say(host("app", "127.0.0.1"));
            awaitHealthy(goAround, first.url());
            assertThat(goAround.get("/").status()).isEqualTo(200);

            server.say();
            goAround.awaitLine("NXDOMAIN; what it stood for before stays");
            await().until(() -> urls(goAround).isEmpty());
            assertThat(goAround.get("/").status()).isEqualTo(503);
        }
    }

    @Test
    void servicesHavePortsWeightsAndBackups() {
        String service = "srv-host=_http._tcp.app.test,%s.test,%d,%d,%d";
        String[] hosts = {host("a", "127.0.0.1"), host("b", "127.0.0.1")};
        try (Dnsmasq server = server(
                        hosts[0],
                        hosts[1],
                        "local-ttl=1",
                        service.formatted("a", first.port(), 10, 3),
                        service.formatted("b", second.port(), 20, 0));
                GoAround goAround = overNames(server, "srv://_http._tcp.app.test")) {
            assertThat(urls(goAround)).containsExactly(first.url(), second.url());
            assertThat(JsonPath.<List<Integer>>read(status(goAround), "$.backends[*].weight"))
                    .containsExactly(3, 1);
            assertThat(backups(goAround)).containsExactly(false, true);
            assertThat(goAround.get("/").status()).isEqualTo(200);

            server.say(hosts[0], hosts[1], "local-ttl=1", service.formatted("b", second.port(), 20, 0));
            awaitHealthy(goAround, second.url());
            assertThat(backups(goAround)).containsExactly(false);

            // More than fits into a packet: they come over TCP.
            String[] many = IntStream.range(0, 300)
                    .mapToObj(i -> host("b", "127.0." + (1 + i / 200) + "." + (1 + i % 200)))
                    .toArray(String[]::new);
            List<String> lines = new ArrayList<>(List.of(many));
            lines.add(service.formatted("b", second.port(), 20, 0));
            server.say(lines.toArray(new String[0]));
            await().until(() -> urls(goAround).size() == 300);
        }
    }

    private static List<Boolean> backups(GoAround goAround) {
        return JsonPath.read(status(goAround), "$.backends[*].backup");
    }

    private static void awaitHealthy(GoAround goAround, String... urls) {
        await().until(() -> urls(goAround).equals(List.of(urls))
                && JsonPath.<List<String>>read(status(goAround), "$.backends[*].state").stream()
                        .allMatch("healthy"::equals));
    }

    private static List<String> urls(GoAround goAround) {
        return JsonPath.read(status(goAround), "$.backends[*].url");
    }

    private static List<String> mistakes(GoAround goAround) {
        return JsonPath.read(status(goAround), "$.sources[*].mistake");
    }

    private static String status(GoAround goAround) {
        return goAround.manage("/actuator/goaround").body();
    }
}
