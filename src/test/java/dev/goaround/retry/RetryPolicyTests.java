package dev.goaround.retry;

import static dev.goaround.retry.RetryPolicy.Decision.GIVE_UP;
import static dev.goaround.retry.RetryPolicy.Decision.NEXT_BACKEND;
import static dev.goaround.retry.RetryPolicy.Decision.OVER_BUDGET;
import static dev.goaround.retry.RetryPolicy.Decision.SAME_BACKEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTests {

    private final RetrySettings settings = RetrySettings.defaults();
    private final RetryPolicy policy = policy(3);

    @ParameterizedTest
    @CsvSource({
        // phase, kind, reused, written, idempotent, sendable, decision
        "CONNECT, UNREACHABLE, false, false, false, true, NEXT_BACKEND",
        "TLS, TLS, false, false, false, true, NEXT_BACKEND",
        "CONNECT, UNREACHABLE, false, false, true, true, NEXT_BACKEND",
        "WRITE, CLOSED, true, false, false, true, SAME_BACKEND",
        "WRITE, CLOSED, true, false, false, false, GIVE_UP",
        "WRITE, CLOSED, false, false, false, true, NEXT_BACKEND",
        "WAIT, CLOSED, true, true, true, true, SAME_BACKEND",
        "WAIT, CLOSED, true, true, false, true, GIVE_UP",
        "WAIT, CLOSED, false, true, true, true, NEXT_BACKEND",
        "WAIT, CLOSED, false, true, false, true, GIVE_UP",
        "WAIT, TIMEOUT, false, true, true, true, NEXT_BACKEND",
        "WAIT, TIMEOUT, true, true, true, true, NEXT_BACKEND",
        "WAIT, TIMEOUT, true, true, false, true, GIVE_UP",
        "WAIT, MALFORMED, true, true, true, true, NEXT_BACKEND",
        "WAIT, CLOSED, true, true, true, false, GIVE_UP",
        "BODY, CLOSED, false, true, true, true, GIVE_UP",
    })
    void decides(
            Phase phase,
            Kind kind,
            boolean reused,
            boolean written,
            boolean idempotent,
            boolean sendable,
            RetryPolicy.Decision decision) {
        Failed failure = new Failed(phase, kind, "test", reused, written);
        assertThat(policy.after(failure, idempotent, sendable, false)).isEqualTo(decision);
    }

    @Test
    void aRequestThatTwoBackendsAreTooSlowForIsNotRepeatedOnceMore() {
        Failed slow = new Failed(Phase.WAIT, Kind.TIMEOUT, "timed out", false, true);
        Failed slowToConnect = new Failed(Phase.CONNECT, Kind.TIMEOUT, "connecting timed out", false, false);
        Failed closed = new Failed(Phase.WAIT, Kind.CLOSED, "closed", false, true);

        assertThat(policy.after(slow, true, true, false)).isEqualTo(NEXT_BACKEND);
        assertThat(policy.after(slow, true, true, true)).isEqualTo(GIVE_UP);
        assertThat(policy.after(slowToConnect, true, true, true))
                .as("no backend has had the request")
                .isEqualTo(NEXT_BACKEND);
        assertThat(policy.after(closed, true, true, true)).isEqualTo(NEXT_BACKEND);
    }

    @Test
    void onlyWhatABackendMayHaveActedOnIsTakenOutOfTheBudget() {
        RetryPolicy frugal = policy(0);
        Failed written = new Failed(Phase.WAIT, Kind.CLOSED, "test", false, true);
        Failed unwritten = new Failed(Phase.CONNECT, Kind.UNREACHABLE, "test", false, false);
        Failed stale = new Failed(Phase.WAIT, Kind.CLOSED, "test", true, true);

        assertThat(frugal.after(written, true, true, false)).isEqualTo(OVER_BUDGET);
        assertThat(frugal.after(unwritten, true, true, false)).isEqualTo(NEXT_BACKEND);
        assertThat(frugal.after(stale, true, true, false)).isEqualTo(SAME_BACKEND);
        assertThat(frugal.after(written, false, true, false)).isEqualTo(GIVE_UP);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, true",
        "HEAD, true",
        "OPTIONS, true",
        "PUT, true",
        "DELETE, true",
        "POST, false",
        "PATCH, false",
        "get, false"
    })
    void knowsIdempotentMethods(String method, boolean idempotent) {
        assertThat(policy.idempotent(method, false)).isEqualTo(idempotent);
        assertThat(policy.idempotent(method, true)).as("with a key").isTrue();
    }

    @ParameterizedTest
    @CsvSource({"502, true", "503, true", "504, true", "500, false", "429, false", "404, false", "200, false"})
    void repeatsGatewayErrorsOfIdempotentRequests(int status, boolean repeatable) {
        assertThat(policy.repeatable(status, true, true)).isEqualTo(repeatable);
        assertThat(policy.repeatable(status, false, true)).isFalse();
        assertThat(policy.repeatable(status, true, false)).isFalse();
    }

    @Test
    void waitsLongerBeforeEachRoundAndNeverTheSame() {
        for (int i = 0; i < 100; i++) {
            assertThat(policy.backoff(1)).isBetween(Duration.ofNanos(12_500_000), Duration.ofNanos(37_500_000));
            assertThat(policy.backoff(3)).isBetween(Duration.ofMillis(50), Duration.ofMillis(150));
        }
    }

    @ParameterizedTest
    @CsvSource({"CLOSED, true", "UNREACHABLE, true", "REFUSED, true", "TIMEOUT, false", "MALFORMED, false", "TLS, false"
    })
    void goesRoundOnceMoreWhereTheLastBackendWasGone(Kind kind, boolean again) {
        Failed last = new Failed(Phase.WAIT, kind, "test", false, true);
        assertThat(policy.anotherRound(last, 1, false)).isEqualTo(again);
        assertThat(policy.anotherRound(last, 2, false)).isFalse();
        assertThat(policy.anotherRound(last, 1, true))
                .as("what several have failed")
                .isFalse();
    }

    private RetryPolicy policy(int floor) {
        return new RetryPolicy(() -> settings, new RetryBudget(() -> 0, () -> floor, System::nanoTime), new Random(1));
    }
}
