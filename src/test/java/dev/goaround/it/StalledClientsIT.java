package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.StallingHttp2Client;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clients that take all slots of a backend and then read nothing cost other clients a moment, and no request. */
class StalledClientsIT {

    private static final int ATTACKERS = 20;
    private static final int STREAMS = 100;
    private static final int OTHERS = 100;

    @Test
    void twentyHttp2ConnectionsWithZeroWindowsKeepNobodyElseFromTheBackend() throws IOException {
        List<StallingHttp2Client> attackers = new ArrayList<>();
        try (BackendProcess backend = BackendProcess.start("a");
                GoAround goAround = Launch.of(
                                "-p",
                                "0",
                                "--management-port",
                                "0",
                                "-n",
                                "64",
                                // Far longer than it should take, for machines that are busy.
                                "--goaround.limit.queue-time=10s",
                                "-b",
                                backend.url())
                        .start()) {
            goAround.awaitState(backend, "healthy");
            for (int i = 0; i < ATTACKERS; i++) {
                StallingHttp2Client attacker = StallingHttp2Client.connect(goAround.port(), 0);
                attackers.add(attacker);
                for (int stream = 0; stream < STREAMS; stream++) {
                    attacker.get("/bytes/5000000");
                }
            }
            await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> slotsTaken(goAround) >= 64);

            for (int i = 0; i < OTHERS; i++) {
                try (RawClient other = goAround.client()) {
                    assertThat(other.get("/").body()).isEqualTo("a GET / 0");
                }
                if (i % 10 == 0) {
                    // The streams that were ended are opened again.
                    for (StallingHttp2Client attacker : attackers) {
                        attacker.get("/bytes/5000000");
                    }
                }
            }

            assertThat(goAround.manage("/actuator/prometheus").body())
                    .containsPattern("goaround_limits_reached_total\\{limit=\"stalled\"} [1-9]");
            goAround.awaitState(backend, "healthy");
            assertThat(goAround.manage("/actuator/goaround/failures").body()).contains("the client read too slowly");
        } finally {
            for (StallingHttp2Client attacker : attackers) {
                attacker.close();
            }
        }
    }

    private static double slotsTaken(GoAround goAround) {
        return goAround.manage("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith("goaround_backend_in_flight{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
