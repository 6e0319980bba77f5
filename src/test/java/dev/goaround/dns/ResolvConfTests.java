package dev.goaround.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResolvConfTests {

    @Test
    void namesServersDomainsAndDots() throws Exception {
        ResolvConf conf = ResolvConf.parse("""
                # of the network
                ; another comment
                domain old.test
                nameserver 10.0.0.2
                  nameserver\t10.0.0.3  # the second
                nameserver fd00::53
                nameserver [fd00::54]:5353
                nameserver [10.0.0.4]:54
                nameserver 10.0.0.5.55
                nameserver 10.0.0.2
                search svc.cluster.local. Cluster.Local
                options timeout:1 ndots:5 rotate
                """);

        assertThat(conf.servers())
                .extracting(server -> server.getAddress().getHostAddress() + " " + server.getPort())
                .containsExactly(
                        "10.0.0.2 53",
                        "10.0.0.3 53",
                        "fd00:0:0:0:0:0:0:53 53",
                        "fd00:0:0:0:0:0:0:54 5353",
                        "10.0.0.4 54",
                        "10.0.0.5 55");
        assertThat(conf.search()).containsExactly("svc.cluster.local", "cluster.local");
        assertThat(conf.ndots()).isEqualTo(5);
    }

    @Test
    void skipsWhatMakesNoSense() {
        ResolvConf conf =
                ResolvConf.parse("nameserver\nnameserver dns.test\nnameserver 10.0.0.1/8\nnameserver [::1]:0\n"
                        + "options ndots:x\nsearch\nnonsense\r\n\n\0");

        assertThat(conf).isEqualTo(ResolvConf.empty());
    }

    @Test
    void theLastListOfDomainsCounts() {
        assertThat(ResolvConf.parse("search a.test b.test\ndomain c.test").search())
                .containsExactly("c.test");
        assertThat(ResolvConf.parse("options ndots:100").ndots()).isEqualTo(15);
    }

    @Test
    void hostsHaveAllTheirLines() throws Exception {
        HostsFile hosts = HostsFile.parse("""
                127.0.0.1 localhost
                # 10.0.0.9 app
                10.0.0.1\tApp.Test app # the first
                10.0.0.2 app
                fd00::1 app
                10.0.0.1 app
                nonsense app
                10.0.0.3
                """);

        assertThat(hosts.addresses().get("app"))
                .isEqualTo(List.of(
                        InetAddress.getByName("10.0.0.1"),
                        InetAddress.getByName("10.0.0.2"),
                        InetAddress.getByName("fd00::1")));
        assertThat(hosts.addresses()).containsOnlyKeys("localhost", "app.test", "app");
    }
}
