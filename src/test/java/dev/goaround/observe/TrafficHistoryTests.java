package dev.goaround.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TrafficHistoryTests {

    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), Clock.systemUTC());
    private final Backend a = join("a", "b").get(0);
    private final TrafficRecorder recorder = new TrafficRecorder(pool);
    private long now;
    private final TrafficHistory history = new TrafficHistory(recorder, () -> now);

    TrafficHistoryTests() {
        pool.whenChanged(recorder::follow);
    }

    @Test
    void theLastMinuteForgetsWhatIsOlder() {
        requests(600, 200, Duration.ofMillis(10));
        pass(Duration.ofSeconds(10));
        requests(60, 500, Duration.ofMillis(100));
        pass(Duration.ofSeconds(5));

        assertThat(history.minute())
                .returns(Duration.ofSeconds(15), TrafficFigures::over)
                .returns(660L, TrafficFigures::requests)
                .returns(44.0, TrafficFigures::requestsPerSecond);
        pass(Duration.ofSeconds(47));

        TrafficFigures minute = history.minute();
        assertThat(minute.over()).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60));
        assertThat(minute.requests()).isEqualTo(60);
        assertThat(minute.errorShare()).isEqualTo(1);
        assertThat(minute.p50().toNanos() / 1e6).isCloseTo(100, within(10.0));
    }

    @Test
    void quantilesAreThoseOfTheStretch() {
        requests(90, 200, Duration.ofMillis(10));
        requests(9, 200, Duration.ofMillis(200));
        requests(1, 200, Duration.ofSeconds(3));

        TrafficFigures minute = history.minute(a).orElseThrow();
        assertThat(minute.p50().toNanos() / 1e6).isCloseTo(10, within(1.0));
        assertThat(minute.p95().toNanos() / 1e6).isCloseTo(200, within(20.0));
        assertThat(minute.p99().toNanos() / 1e6).isCloseTo(200, within(20.0));
    }

    @Test
    void aQuarterOfAnHourIsKeptInTensOfSeconds() {
        for (int i = 0; i < 95; i++) {
            requests(i, 200, Duration.ofMillis(1));
            pass(Duration.ofSeconds(10));
        }

        assertThat(history.history(a))
                .hasSize(90)
                .last()
                .satisfies(last -> assertThat(last.requests()).isEqualTo(94));
        assertThat(history.history())
                .extracting(TrafficFigures::requests)
                .startsWith(5L, 6L)
                .endsWith(93L, 94L);
        assertThat(history.history()).allSatisfy(slot -> assertThat(slot.over()).isEqualTo(Duration.ofSeconds(10)));
    }

    @Test
    void aBackendThatLeavesIsForgottenAndOneThatJoinsIsKnownAfterASlot() {
        requests(5, 200, Duration.ofMillis(1));
        Backend joined = join("b", "c").get(1);
        pass(Duration.ofSeconds(10));

        assertThat(history.minute(a)).isEmpty();
        assertThat(history.history(a)).isEmpty();
        assertThat(history.minute(joined)).isPresent();
        assertThat(history.minute().requests())
                .as("those who were served stay served")
                .isEqualTo(5);
    }

    @Test
    void nothingAtAllIsZero() {
        assertThat(history.minute())
                .returns(0.0, TrafficFigures::requestsPerSecond)
                .returns(0.0, TrafficFigures::errorShare)
                .returns(Duration.ZERO, TrafficFigures::p99);
    }

    /** Lets time pass, with the slots that end in it. */
    private void pass(Duration time) {
        long slot = TrafficHistory.SLOT.toNanos();
        long until = now + time.toNanos();
        for (long end = now / slot * slot + slot; end <= until; end += slot) {
            now = end;
            history.advance();
        }
        now = until;
    }

    private void requests(int count, int status, Duration latency) {
        for (int i = 0; i < count; i++) {
            recorder.answered(a, status, latency.toNanos());
            recorder.requestEnded(
                    a, MethodClass.SAFE, status, ClientProtocol.HTTP1, RequestOutcome.ANSWERED, latency.toNanos());
        }
    }

    private List<Backend> join(String... hosts) {
        pool.replace(Stream.of(hosts)
                .map(host -> new BackendSpec(URI.create("http://" + host + ":80"), 1, 1024, false))
                .toList());
        return pool.snapshot().members().stream()
                .map(member -> member.backend())
                .toList();
    }
}
