package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.ConstantLoad;
import dev.goaround.testing.ConstantLoad.Exchange;
import dev.goaround.testing.ConstantLoad.Mix;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.Patience;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Four backends that fail in every way that backends do, under constant load. {@code ./mvnw verify -Pchaos} has each fault
 * last for longer; {@code bench/chaos} does the same to other load balancers.
 *
 * <p>One GoAround goes through it all, as it would: what one fault left behind must not harm the next.
 */
@Isolated("loads the machine and has short time-outs")
class ChaosIT {

    private static final int CLIENTS = 14;
    private static final int POSTING_CLIENTS = 2;

    /** How long each fault lasts. */
    private static final Duration FAULT = Duration.ofMillis(Integer.getInteger("chaos.millis", 1_500));

    /** Faults that stop answers which have begun. */
    private static final Set<String> CUTTING = Set.of("killed", "frozen");

    private static final int RACE_GETS = 20_000;
    private static final int RACE_POSTS = 2_000;

    private static List<BackendProcess> backends;
    private static GoAround goAround;

    private int linesBefore;

    /**
     * A way to fail.
     *
     * @param hit the numbers of the backends that do
     */
    private record Fault(String name, List<Integer> hit, Consumer<BackendProcess> begin, Consumer<BackendProcess> end) {

        /** One that backends are told to have. */
        static Fault told(String name, Integer... hit) {
            return new Fault(
                    name, List.of(hit), backend -> backend.tell("be " + name), backend -> backend.tell("be ordinary"));
        }

        void strike() {
            hit.forEach(number -> begin.accept(backends.get(number)));
        }

        void pass() {
            hit.forEach(number -> end.accept(backends.get(number)));
        }

        /**
         * Whether it is why this answer was cut short: its backend had begun it when it was killed, or frozen for longer
         * than the client waits. A backend that fails in another way finishes what it has begun.
         */
        boolean explains(Exchange cut) {
            String text = cut.outcome().text();
            String backend = backends.get(hit.get(0)).name();
            return CUTTING.contains(name) && (text.isEmpty() || text.startsWith(backend + " "));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Fault> faults() {
        return Stream.of(
                new Fault("killed", List.of(0), BackendProcess::kill, BackendProcess::restart),
                new Fault("terminated", List.of(1), BackendProcess::terminate, BackendProcess::restart),
                new Fault("frozen", List.of(2), BackendProcess::freeze, BackendProcess::thaw),
                Fault.told("resetting", 3),
                Fault.told("hanging", 0),
                Fault.told("failing", 1),
                Fault.told("full", 2),
                Fault.told("closing", 0, 1, 2, 3),
                Fault.told("impatient", 0, 1, 2, 3));
    }

    @BeforeAll
    static void startAll() {
        backends =
                Stream.of("a", "b", "c", "d").map(BackendProcess::startFaulty).toList();
        goAround = Launch.over(
                backends,
                "--goaround.upstream.connect-timeout=500ms",
                "--goaround.upstream.response-timeout=1s",
                "--goaround.health.interval=500ms",
                "--goaround.health.degraded-interval=500ms",
                "--goaround.health.timeout=400ms");
    }

    @AfterAll
    static void stopAll() {
        goAround.close();
        backends.forEach(BackendProcess::close);
    }

    @BeforeEach
    void allAreHealthy() {
        backends.forEach(backend -> goAround.awaitState(backend, "healthy"));
        linesBefore = goAround.out().size();
    }

    @AfterEach
    void thereIsNoStackTraceAndNoRequestIsInFlight() {
        assertThat(goAround.err()).isEmpty();
        assertThat(goAround.out().subList(linesBefore, goAround.out().size()))
                .noneMatch(line -> line.startsWith("\tat "));
        Awaitility.await("no request is in flight").until(() -> total("inFlight") == 0);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void noIdempotentRequestFailsWhoseAnswerHadNotBegun(Fault fault) throws Exception {
        List<Exchange> exchanges;
        try (ConstantLoad load = load()) {
            awaitMore(load, 200, Duration.ZERO);
            try {
                fault.strike();
                awaitMore(load, 200, FAULT);
            } finally {
                fault.pass();
            }
            awaitMore(load, 200, FAULT.dividedBy(2));
            exchanges = load.stop();
        }
        assertThat(idempotent(exchanges))
                .filteredOn(exchange -> !exchange.right() && !exchange.cut())
                .isEmpty();
        // On each connection at most the one answer that the fault fell into.
        assertThat(exchanges)
                .filteredOn(Exchange::cut)
                .hasSizeLessThanOrEqualTo(CLIENTS + POSTING_CLIENTS)
                .allMatch(fault::explains);
        assertThat(posts()).doesNotHaveDuplicates();
    }

    @Test
    void theKeepAliveRaceFailsNoneOf20000GetsAndDoublesNoPost() throws Exception {
        tellAll("serve 1000 0");
        tellAll("be racing");
        List<Exchange> exchanges;
        Duration pause = Duration.ofMillis(3);
        try (ConstantLoad load = new ConstantLoad(goAround.port())
                .with(16, Mix.GET, RACE_GETS / 16, pause)
                .with(4, Mix.POST, RACE_POSTS / 4, pause)) {
            exchanges = load.all(Patience.AMPLE.multipliedBy(3));
        } finally {
            tellAll("be ordinary");
            tellAll("serve 1000 4");
        }
        assertThat(idempotent(exchanges)).hasSize(RACE_GETS).allMatch(Exchange::right);
        List<String> recorded = posts();
        assertThat(recorded).doesNotHaveDuplicates();
        List<Exchange> posts = exchanges.stream()
                .filter(exchange -> exchange.method().equals("POST"))
                .toList();
        assertThat(posts).filteredOn(Exchange::right).isNotEmpty().allMatch(post -> recorded.contains(post.path()));
        // Nobody can know whether a backend acted on these, so that their clients are told.
        assertThat(posts)
                .filteredOn(exchange -> !exchange.right())
                .allMatch(exchange -> exchange.outcome().text().contains("error=connection_terminated"));
        // Otherwise nothing of this has been tried.
        assertThat(backends).allMatch(backend -> Integer.parseInt(backend.tell("races")) > 0);
    }

    @Test
    void aRollingRestartFailsNoRequestOfAnyMethod() throws Exception {
        tellAll("announce " + Patience.NEVER.toMillis());
        try (ConstantLoad load = new ConstantLoad(goAround.port()).with(CLIENTS + POSTING_CLIENTS, Mix.EVERY_METHOD)) {
            for (BackendProcess backend : backends) {
                awaitMore(load, 200, Duration.ZERO);
                backend.announceEnd();
                goAround.awaitState(backend, "degraded");
                // What it was sent before that has to come to its end; nothing more is sent.
                Awaitility.await("what runs").until(() -> inFlight(backend) == 0);
                backend.tell("end");
                backend.awaitEnd();
                BackendProcess.restart(backend);
                goAround.awaitState(backend, "healthy");
            }
            awaitMore(load, 200, Duration.ZERO);
            assertThat(load.stop()).allMatch(Exchange::right);
        }
        assertThat(posts()).doesNotHaveDuplicates();
    }

    private static void tellAll(String command) {
        backends.forEach(backend -> backend.tell(command));
    }

    private static int inFlight(BackendProcess backend) {
        return JsonPath.read(
                goAround.manage("/actuator/goaround/" + backend.id()).body(), "$.inFlight");
    }

    private static int total(String name) {
        return JsonPath.read(goAround.manage("/actuator/goaround").body(), "$.totals." + name);
    }

    private static ConstantLoad load() {
        return new ConstantLoad(goAround.port()).with(CLIENTS, Mix.IDEMPOTENT).with(POSTING_CLIENTS, Mix.POST);
    }

    /** Waits for as long as this, and until so many more requests have come to their end. */
    private static void awaitMore(ConstantLoad load, int count, Duration atLeast) {
        int before = load.exchanges();
        long began = System.nanoTime();
        Awaitility.await(count + " exchanges")
                .atMost(atLeast.plus(Patience.AMPLE))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> System.nanoTime() - began >= atLeast.toNanos() && load.exchanges() >= before + count);
    }

    private static List<Exchange> idempotent(List<Exchange> exchanges) {
        return exchanges.stream()
                .filter(exchange -> !exchange.method().equals("POST"))
                .toList();
    }

    /** The paths of every POST that backends got, as often as they got it, unless they have been restarted since. */
    private static List<String> posts() {
        return backends.stream()
                .map(backend -> backend.tell("posts"))
                .flatMap(paths -> Stream.of(paths.split(" ")))
                .filter(path -> !path.isEmpty())
                .toList();
    }
}
