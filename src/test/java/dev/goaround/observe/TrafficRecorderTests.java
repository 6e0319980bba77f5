package dev.goaround.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.health.ProbeResult;
import dev.goaround.observe.Traffic.HealthFlip;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Cancelled;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrafficRecorderTests {

    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), Clock.systemUTC());
    private final TrafficRecorder recorder = new TrafficRecorder(pool);

    TrafficRecorderTests() {
        pool.whenChanged(recorder::follow);
    }

    @Test
    void requestsAreCountedByKindAndBackend() {
        Backend backend = join(9000).get(0);
        ended(backend, 200, RequestOutcome.ANSWERED);
        ended(backend, 204, RequestOutcome.ANSWERED);
        ended(backend, 503, RequestOutcome.REFUSED);
        ended(null, 400, RequestOutcome.REFUSED);
        ended(null, 0, RequestOutcome.CANCELLED);

        assertThat(traffic(backend).requests())
                .isEqualTo(Map.of(
                        kind(2, RequestOutcome.ANSWERED), 2L,
                        kind(5, RequestOutcome.REFUSED), 1L));
        assertThat(recorder.unsent().requests())
                .isEqualTo(Map.of(
                        kind(4, RequestOutcome.REFUSED), 1L,
                        kind(0, RequestOutcome.CANCELLED), 1L));
        assertThat(traffic(backend).duration().count()).isEqualTo(3);
    }

    @Test
    void everyKindHasANumberOfItsOwn() {
        assertThat(IntStream.range(0, RequestKind.COUNT)
                        .mapToObj(RequestKind::numbered)
                        .distinct())
                .hasSize(RequestKind.COUNT)
                .allSatisfy(kind -> assertThat(RequestKind.numbered(RequestKind.number(
                                kind.method(), kind.statusClass() * 100, kind.protocol(), kind.outcome())))
                        .isEqualTo(kind));
        assertThat(RequestKind.numbered(
                        RequestKind.number(MethodClass.SAFE, 999, ClientProtocol.HTTP1, RequestOutcome.ANSWERED)))
                .returns(5, RequestKind::statusClass);
    }

    @Test
    void attemptsAreCountedByTheirResult() {
        Backend backend = join(9000).get(0);
        recorder.ended(backend, new Answered(404), 0);
        recorder.ended(backend, new Answered(503), 0);
        recorder.ended(backend, new Failed(Phase.WAIT, Kind.CLOSED, "", true, true), 0);
        recorder.ended(backend, new Failed(Phase.WAIT, Kind.CLOSED, "", false, true), 0);
        recorder.ended(backend, new Cancelled(), 0);
        recorder.answered(backend, 404, 2_000_000);
        recorder.retried(backend, RetryReason.STALE);

        assertThat(traffic(backend).attempts())
                .containsEntry(AttemptResult.ANSWERED, 1L)
                .containsEntry(AttemptResult.GATEWAY_ERROR, 1L)
                .containsEntry(AttemptResult.STALE, 1L)
                .containsEntry(AttemptResult.CLOSED, 1L)
                .containsEntry(AttemptResult.CANCELLED, 1L)
                .containsEntry(AttemptResult.TLS, 0L);
        assertThat(traffic(backend).firstByte().sum()).isEqualTo(Duration.ofMillis(2));
        assertThat(traffic(backend).retries()).containsEntry(RetryReason.STALE, 1L);
    }

    @Test
    void probesAndFlipsAreCounted() {
        Backend backend = join(9000).get(0);
        recorder.probed(backend, new ProbeResult(true, "200", Duration.ofMillis(3), Instant.EPOCH));
        recorder.flipped(backend, Health.DEGRADED, "broken", true);
        recorder.flipped(backend, Health.DEGRADED, "broken", true);

        assertThat(traffic(backend).probes().count()).isEqualTo(1);
        assertThat(traffic(backend).flips()).isEqualTo(Map.of(new HealthFlip(Health.DEGRADED, "broken", true), 2L));
    }

    @Test
    void aBackendThatStaysKeepsItsCountsWhenOthersJoinAndLeave() {
        Backend stays = join(9000, 9001).get(0);
        ended(stays, 200, RequestOutcome.ANSWERED);
        join(9000, 9002);

        assertThat(traffic(stays).read().requests()).isEqualTo(1);
    }

    @Test
    void aBackendThatLeftIsForgottenButStaysInTheSum() {
        Backend leaves = join(9000, 9001).get(0);
        ended(leaves, 500, RequestOutcome.ANSWERED);
        recorder.answered(leaves, 500, 1_000_000);
        join(9001);

        assertThat(recorder.byBackend()).doesNotContainKey(leaves).hasSize(1);
        assertThat(recorder.readAll())
                .returns(1L, TrafficReading::requests)
                .returns(1L, TrafficReading::errors)
                .satisfies(all -> assertThat(all.firstByte().count()).isEqualTo(1));
    }

    @Test
    void whatEndsOnABackendThatLeftIsCountedWithTheOthers() {
        Backend leaves = join(9000).get(0);
        join();
        ended(leaves, 200, RequestOutcome.ANSWERED);

        assertThat(recorder.byBackend()).isEmpty();
        assertThat(recorder.others().read().requests()).isEqualTo(1);
        assertThat(recorder.readAll().requests()).isEqualTo(1);
    }

    @Test
    void beyondAThousandBackendsTheOthersAreCountedTogether() {
        int[] ports = IntStream.range(1000, 2003).toArray();
        List<Backend> backends = join(ports);
        backends.forEach(backend -> ended(backend, 200, RequestOutcome.ANSWERED));

        assertThat(recorder.byBackend()).hasSize(1000).doesNotContainKey(backends.get(1000));
        assertThat(recorder.others().read().requests()).isEqualTo(3);

        join(IntStream.range(1001, 2003).toArray());
        assertThat(recorder.byBackend())
                .as("one took the place of the one that left")
                .hasSize(1000)
                .containsKey(backends.get(1000))
                .doesNotContainKey(backends.get(1001));
    }

    private void ended(@Nullable Backend backend, int status, RequestOutcome outcome) {
        recorder.requestEnded(backend, MethodClass.SAFE, status, ClientProtocol.HTTP1, outcome, 1_000_000);
    }

    private static RequestKind kind(int statusClass, RequestOutcome outcome) {
        return new RequestKind(MethodClass.SAFE, statusClass, ClientProtocol.HTTP1, outcome);
    }

    private Traffic traffic(Backend backend) {
        return Objects.requireNonNull(recorder.byBackend().get(backend));
    }

    private List<Backend> join(int... ports) {
        pool.replace(IntStream.of(ports)
                .mapToObj(port -> new BackendSpec(URI.create("http://localhost:" + port), 1, 1024, false))
                .toList());
        return pool.snapshot().members().stream()
                .map(member -> member.backend())
                .toList();
    }
}
