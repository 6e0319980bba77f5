package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import org.junit.jupiter.api.Test;

class WithoutBackendsIT {

    @Test
    void everyRequestGets503AndEveryLogLineCanBeJson() throws InterruptedException {
        try (GoAround goAround = Launch.of(
                        "-p=0",
                        "--management-port=0",
                        "--logging.structured.format.console=ecs",
                        "--goaround.shutdown.announce=0s")
                .start()) {
            goAround.awaitLine("no backends: every request gets 503 until one is configured (-b URL)");
            var answer = goAround.get("/");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.values("Retry-After")).isNotEmpty();
            assertThat(goAround.manage("/actuator/health/readiness").status()).isEqualTo(503);
            assertThat(goAround.manage("/actuator/health/liveness").status()).isEqualTo(200);
            goAround.terminate();
            assertThat(goAround.exitCode()).isZero();
            assertThat(goAround.out())
                    .isNotEmpty()
                    .allSatisfy(line ->
                            assertThat(JsonPath.<String>read(line, "$.message")).isNotBlank())
                    .anySatisfy(line -> assertThat(JsonPath.<String>read(line, "$.log.level"))
                            .isEqualTo("WARN"));
            assertThat(goAround.err()).isEmpty();
        }
    }
}
