package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.testing.Certificates;
import dev.goaround.testing.FrontProxy;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.SpringBackend;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A proxy that terminates TLS in front of GoAround, and Spring Boot applications that believe what they are told behind it. */
class FrontProxyIT {

    @ParameterizedTest
    @EnumSource
    void applicationsLearnTheSchemeTheHostAndTheClientOfTheFirstProxy(FrontProxy.Kind kind, @TempDir Path folder)
            throws Exception {
        InetAddress client = InetAddress.getByName("127.0.0.9");
        try (SpringBackend framework = SpringBackend.start("framework", "1.0", strategy("framework"));
                SpringBackend ownServer = SpringBackend.start("native", "1.0", strategy("native"));
                GoAround goAround = Launch.of(
                                "-p=0",
                                "--management-port=0",
                                "-b=" + framework.url(),
                                "-b=" + ownServer.url(),
                                "--goaround.balance.policy=round-robin",
                                "--goaround.forwarding.trusted-proxies=127.0.0.1")
                        .start();
                FrontProxy front = FrontProxy.start(kind, folder, Certificates.forName("localhost"), goAround.port())) {
            Set<String> seen = new HashSet<>();
            await("both have answered").until(() -> {
                seen.add(front.get("/seen?by=" + kind, client));
                return seen.size() > 1;
            });
            String right = " https://shop.example/seen?by=" + kind + " from 127.0.0.9";
            assertThat(seen).containsExactlyInAnyOrder("framework" + right, "native" + right);
        }
    }

    private static String strategy(String name) {
        return "--server.forward-headers-strategy=" + name;
    }
}
