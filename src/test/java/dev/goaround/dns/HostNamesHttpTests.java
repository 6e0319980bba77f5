package dev.goaround.dns;

import static dev.goaround.testing.DnsServer.A;
import static dev.goaround.testing.DnsServer.AAAA;
import static dev.goaround.testing.DnsServer.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.goaround.testing.DnsServer;
import dev.goaround.testing.Patience;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.resources.LoopResources;

/** The addresses of backends that are named, by the system's files and a name server on loopback. */
class HostNamesHttpTests {

    private final LoopResources loops = LoopResources.create("names-test", 1, true);

    @TempDir
    Path folder;

    private DnsServer server;
    private Path resolvConf;
    private Path hosts;
    private ResolverFiles files;
    private HostNames names;

    @BeforeEach
    void start() throws IOException {
        server = DnsServer.start();
        resolvConf = folder.resolve("resolv.conf");
        hosts = folder.resolve("hosts");
        use("");
        Files.writeString(hosts, "10.9.9.9 own.test\n");
        files = new ResolverFiles(resolvConf, hosts);
        names = new HostNames(files, Duration.ofSeconds(20), loops);
    }

    @AfterEach
    void stop() throws IOException {
        names.close();
        server.close();
        loops.dispose();
    }

    private void use(String more) throws IOException {
        Files.writeString(
                resolvConf, "nameserver " + server.address().replace("127.0.0.1:", "[127.0.0.1]:") + "\n" + more);
    }

    private List<String> resolve(String host) throws Exception {
        Future<List<InetAddress>> found =
                names.resolve(host, loops.onClient(true).next());
        return found.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS).stream()
                .map(InetAddress::getHostAddress)
                .toList();
    }

    @Test
    void theSystemsOwnNamesAskNobodyAndAreFollowed() throws Exception {
        assertThat(resolve("Own.Test")).containsExactly("10.9.9.9");

        Files.writeString(hosts, "10.9.9.8 own.test\n10.9.9.7 new.test\n");
        files.look();
        files.look();

        assertThat(resolve("own.test")).containsExactly("10.9.9.8");
        assertThat(resolve("new.test")).containsExactly("10.9.9.7");
        assertThat(resolve("localhost")).containsExactly("127.0.0.1", "0:0:0:0:0:0:0:1");
        assertThat(server.asked()).isEmpty();
    }

    @Test
    void answersHoldForTheirTtlUnlessTheNameServersChange() throws Exception {
        server.answer("app.test", A, address("app.test", 600, "10.0.0.1"));
        server.answer("app.test", AAAA, address("app.test", 600, "fd00::1"));
        assertThat(resolve("app.test")).containsExactly("10.0.0.1", "fd00:0:0:0:0:0:0:1");
        server.answer("app.test", A, address("app.test", 600, "10.0.0.2"));
        assertThat(resolve("app.test")).contains("10.0.0.1");
        assertThat(server.asked()).hasSize(2);

        try (DnsServer second = DnsServer.start()) {
            second.answer("app.test", A, address("app.test", 600, "10.0.0.3"));
            Files.writeString(
                    resolvConf, "nameserver " + second.address().replace("127.0.0.1:", "[127.0.0.1]:") + "\n");
            files.reload();

            assertThat(resolve("app.test")).containsExactly("10.0.0.3");
        }
    }

    @Test
    void looksInTheDomainsOfTheSearchList() throws Exception {
        use("search a.test b.test\noptions ndots:2\n");
        files.reload();
        server.code("app.a.test", 3);
        server.answer("app.b.test", A, address("app.b.test", 0, "10.0.0.1"));
        server.answer("x.y.z", A, address("x.y.z", 0, "10.0.0.2"));

        assertThat(resolve("app")).containsExactly("10.0.0.1");
        assertThat(resolve("x.y.z")).containsExactly("10.0.0.2");
        assertThat(server.asked()).doesNotContain("udp 1 app", "udp 1 x.y.z.a.test");
        assertThatThrownBy(() -> resolve("app.")).cause().isInstanceOf(UnknownHostException.class);
        assertThat(server.asked()).contains("udp 1 app");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void addressesOfIpv4AreUsedWhereOnlyIpv6Fails(int code) throws Exception {
        server.code("app.test", AAAA, code);
        server.answer("app.test", A, address("app.test", 30, "10.0.0.1"));

        assertThat(resolve("app.test")).containsExactly("10.0.0.1");
    }

    @Test
    void addressesOfIpv4DontWaitForThoseOfIpv6() throws Exception {
        names.close();
        names = new HostNames(files, Patience.NEVER, loops);
        server.ignore("app.test", AAAA);
        server.answer("app.test", A, address("app.test", 30, "10.0.0.1"));

        assertThat(resolve("app.test")).containsExactly("10.0.0.1");
    }

    @Test
    void whatNobodyKnowsAnyMoreIsWhatItWas() throws Exception {
        server.answer("app.test", A, address("app.test", 0, "10.0.0.1"));
        assertThat(resolve("app.test")).containsExactly("10.0.0.1");
        server.code("app.test", 2);
        assertThat(resolve("app.test")).containsExactly("10.0.0.1");
    }

    @Test
    void whatNameServersSayThatIsGoneIsGone() throws Exception {
        server.answer("app.test", A, address("app.test", 0, "10.0.0.1"));
        assertThat(resolve("app.test")).containsExactly("10.0.0.1");
        server.code("app.test", 3);

        // Where the answer takes a while, the one before is used once more.
        await().untilAsserted(() -> assertThatThrownBy(() -> resolve("app.test"))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("app.test: NXDOMAIN"));
    }

    @Test
    void whereTheSystemNamesNobodyNobodyIsAsked() throws Exception {
        Files.delete(resolvConf);
        files.reload();

        assertThatThrownBy(() -> resolve("app.test")).cause().hasMessageContaining("there is no name server to ask");
        assertThat(server.asked()).isEmpty();
    }
}
