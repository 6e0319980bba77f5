package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.LoadClient;
import dev.goaround.testing.LoadClient.End;
import dev.goaround.testing.LoadClient.Outcome;
import dev.goaround.testing.Quickest;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Backends that are killed and frozen. A GoAround for each test, since it remembers who failed lately. */
@Isolated("measures")
class BackendFailureIT {

    private static final int CLIENTS = 8;
    private static final int REQUESTS = 2000;
    private static final int KILL_AFTER = 500;

    private BackendProcess a;
    private BackendProcess b;
    private GoAround goAround;

    @BeforeEach
    void start() {
        a = BackendProcess.start("a");
        b = BackendProcess.start("b");
        goAround = Launch.over(List.of(a, b));
    }

    @AfterEach
    void stop() {
        goAround.close();
        a.close();
        b.close();
    }

    @Test
    void noneOf2000GetsFailsWhoseAnswerHadNotBegunWhenABackendIsKilled() throws Exception {
        AtomicInteger answered = new AtomicInteger();
        List<Outcome> outcomes = new ArrayList<>();
        for (List<Outcome> ofOneClient : together(CLIENTS, () -> oneClientsShare(answered))) {
            outcomes.addAll(ofOneClient);
        }
        assertThat(outcomes).hasSize(REQUESTS).noneMatch(outcome -> outcome.end() == End.FAILED);
        // On each connection at most the one answer that the kill fell into.
        assertThat(outcomes.stream().filter(outcome -> outcome.end() != End.ANSWERED))
                .hasSizeLessThanOrEqualTo(CLIENTS)
                .allMatch(outcome -> outcome.end() == End.CUT);
        assertThat(outcomes).anyMatch(outcome -> outcome.text().startsWith("b "));
        goAround.awaitState(b, "degraded");
        assertThat(names(20)).containsOnly("a");
        assertThat(goAround.state(a)).isEqualTo("healthy");
        assertThat(goAround.err()).isEmpty();
    }

    /** Requests take 5 ms, so that some are always at each of the backends. */
    private List<Outcome> oneClientsShare(AtomicInteger answered) {
        List<Outcome> outcomes = new ArrayList<>();
        try (LoadClient client = new LoadClient(goAround.port())) {
            for (int i = 0; i < REQUESTS / CLIENTS; i++) {
                outcomes.add(client.get("/pause/5"));
                if (answered.incrementAndGet() == KILL_AFTER) {
                    b.kill();
                }
            }
        }
        return outcomes;
    }

    @Test
    void withAllBackendsDeadItAnswers503InUnder100MsInTheMedianAndIsBackWithin2SecondsOfARestart() throws Exception {
        try (RawClient client = goAround.client()) {
            for (int i = 0; i < 100; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            a.kill();
            b.kill();
            Duration enough = Duration.ofMillis(100);
            assertThat(Quickest.of(enough, () -> medianOfRefusals(client))).isLessThan(enough);
            goAround.awaitState(a, "degraded");
            goAround.awaitState(b, "degraded");
            assertThat(goAround.manage("/actuator/health/readiness").status()).isEqualTo(503);
            assertThat(goAround.manage("/actuator/health/liveness").status()).isEqualTo(200);

            Duration soon = Duration.ofSeconds(2);
            assertThat(Quickest.of(soon, () -> {
                        a.kill();
                        b.kill();
                        Awaitility.await("a refusal")
                                .until(() -> client.get("/").status() == 503);
                        return answerAfterRestart(client);
                    }))
                    .isLessThanOrEqualTo(soon);
        }
        goAround.awaitState(a, "healthy");
        goAround.awaitState(b, "healthy");
        assertThat(goAround.manage("/actuator/health/readiness").status()).isEqualTo(200);
        assertThat(goAround.err()).isEmpty();
    }

    /** The median of many, since other processes of the machine may delay any single one. */
    private Duration medianOfRefusals(RawClient client) throws IOException {
        List<Duration> took = new ArrayList<>();
        for (int i = 0; i < 101; i++) {
            long sent = System.nanoTime();
            var answer = client.get("/");
            took.add(Duration.ofNanos(System.nanoTime() - sent));
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.values("Retry-After")).singleElement().asString().matches("[1-9][0-9]*");
            assertThat(answer.head() + answer.body())
                    .doesNotContain(Integer.toString(a.port()), Integer.toString(b.port()));
        }
        return took.stream().sorted().toList().get(took.size() / 2);
    }

    private Duration answerAfterRestart(RawClient client) {
        BackendProcess.restart(a, b);
        long began = System.nanoTime();
        Awaitility.await("an answer after the restart")
                .pollInterval(Duration.ofMillis(10))
                .until(() -> client.get("/").status() == 200);
        return Duration.ofNanos(System.nanoTime() - began);
    }

    @Test
    void aFrozenBackendLeavesTheRotationAndComesBack() throws IOException {
        b.freeze();
        goAround.awaitState(b, "degraded");
        assertThat(names(20)).containsOnly("a");
        String status = goAround.manage("/actuator/goaround/" + b.id()).body();
        assertThat(JsonPath.<Boolean>read(status, "$.lastProbe.passed")).isFalse();
        assertThat(goAround.manage("/actuator/health/readiness").status()).isEqualTo(200);
        b.thaw();
        goAround.awaitState(b, "healthy");
        assertThat(names(20)).containsOnly("a", "b").contains("b");
        assertThat(goAround.err()).isEmpty();
    }

    /** The backends that answered this many requests, one after the other. */
    private List<String> names(int count) throws IOException {
        List<String> names = new ArrayList<>();
        try (RawClient client = goAround.client()) {
            for (int i = 0; i < count; i++) {
                var answer = client.get("/");
                assertThat(answer.status()).isEqualTo(200);
                names.add(answer.body().substring(0, 1));
            }
        }
        return names;
    }

    private static <T> List<T> together(int count, Callable<T> task) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> result : threads.invokeAll(java.util.Collections.nCopies(count, task))) {
                results.add(result.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }
}
