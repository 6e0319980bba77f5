package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.Patience;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.SpringBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Spring Boot applications as backends, with their real Actuators. */
class SpringBackendIT {

    @Test
    void aRestartThatIsAnnouncedByReadinessIsADrainAndNoFailure() throws Exception {
        try (SpringBackend a = SpringBackend.start("a", "1.0");
                SpringBackend b = SpringBackend.start("b", "1.0");
                GoAround goAround = Launch.of(
                                "-p=0",
                                "--management-port=0",
                                "-b=" + a.url(),
                                "-b=" + b.url(),
                                "--goaround.health.spring=true",
                                Launch.PATIENT)
                        .start()) {
            await(goAround, b, "version", "1.0");
            assertThat(status(goAround, b, "cause")).isEqualTo("probe answered UP");
            CompletableFuture<String> one = held(goAround);
            CompletableFuture<String> other = held(goAround);
            Awaitility.await("a request on each")
                    .until(() -> status(goAround, a, "inFlight").equals(1)
                            && status(goAround, b, "inFlight").equals(1));

            b.refuseTraffic();
            await(goAround, b, "state", "draining");
            assertThat(status(goAround, b, "cause")).isEqualTo("OUT_OF_SERVICE (readinessState)");
            assertThat(JsonPath.<Integer>read(
                            goAround.manage("/actuator/goaround").body(), "$.totals.draining"))
                    .isOne();
            onlyAnswers(goAround, "a", 20);
            assertThat(status(goAround, b, "inFlight")).as("what runs goes on").isEqualTo(1);
            a.release();
            b.release();
            assertThat(List.of(
                            one.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS),
                            other.get(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS)))
                    .as("and is finished")
                    .containsExactlyInAnyOrder("a", "b");

            b.stop();
            await(goAround, b, "state", "degraded");
            onlyAnswers(goAround, "a", 20);
            b.startAgain("1.1");
            await(goAround, b, "state", "healthy");
            await(goAround, b, "version", "1.1");
            assertThat(status(goAround, b, "failures")).isEqualTo(0);
            goAround.awaitLine("healthy again");
            assertThat(goAround.out())
                    .anyMatch(line -> line.contains("INFO")
                            && line.endsWith("backend " + b.id() + " (" + b.url()
                                    + ") draining: OUT_OF_SERVICE (readinessState)"))
                    // The first probes may be late on a busy machine, before all of this.
                    .noneMatch(line -> line.contains("WARN") && !line.contains("not healthy yet"));
            assertThat(goAround.err()).isEmpty();
        }
    }

    private static CompletableFuture<String> held(GoAround goAround) {
        return CompletableFuture.supplyAsync(() -> goAround.get("/hold").body());
    }

    private static void onlyAnswers(GoAround goAround, String name, int times) throws IOException {
        try (RawClient client = goAround.client()) {
            for (int i = 0; i < times; i++) {
                var answer = client.get("/");
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo(name);
            }
        }
    }

    private void await(GoAround goAround, SpringBackend backend, String field, String value) {
        Awaitility.await(field + " " + value)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsInstanceOf(com.jayway.jsonpath.PathNotFoundException.class)
                .until(() -> value.equals(status(goAround, backend, field)));
    }

    private Object status(GoAround goAround, SpringBackend backend, String field) {
        return JsonPath.read(
                goAround.manage("/actuator/goaround/" + backend.id()).body(), "$." + field);
    }
}
