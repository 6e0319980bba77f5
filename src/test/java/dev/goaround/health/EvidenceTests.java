package dev.goaround.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.pool.Health;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Cancelled;
import dev.goaround.pool.Outcome.Circumstances;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of docs/health.md: which observation says what about a backend. */
class EvidenceTests {

    private static final long NO_ERROR = 0x0;
    private static final long PROTOCOL_ERROR = 0x1;
    private static final long INTERNAL_ERROR = 0x2;
    private static final long REFUSED_STREAM = 0x7;
    private static final long CANCEL = 0x8;
    private static final long ENHANCE_YOUR_CALM = 0xb;

    @ParameterizedTest(name = "{0} is {1}")
    @MethodSource("observations")
    void readsOutcomesAsEvidence(Outcome outcome, Evidence evidence) {
        assertThat(Evidence.of(outcome)).isEqualTo(evidence);
    }

    static Stream<Arguments> observations() {
        return Stream.of(
                // A connection that can't be opened
                row(unprovoked(Phase.CONNECT, Kind.UNREACHABLE), Evidence.BROKEN),
                row(unprovoked(Phase.TLS, Kind.TLS), Evidence.BROKEN),
                row(failed(Phase.CONNECT, Kind.UNREACHABLE), Evidence.SUSPECT),
                row(failed(Phase.CONNECT, Kind.TIMEOUT), Evidence.SUSPECT),
                row(failed(Phase.CONNECT, Kind.CLOSED), Evidence.SUSPECT),
                row(failed(Phase.TLS, Kind.TLS), Evidence.SUSPECT),
                // One that breaks with a request on it
                row(failed(Phase.WRITE, Kind.CLOSED), Evidence.SUSPECT),
                row(failed(Phase.WAIT, Kind.CLOSED), Evidence.SUSPECT),
                row(failed(Phase.BODY, Kind.CLOSED), Evidence.SUSPECT),
                row(uploading(Phase.WRITE, Kind.CLOSED), Evidence.SUSPECT),
                row(uploading(Phase.BODY, Kind.CLOSED), Evidence.SUSPECT),
                row(uploading(Phase.WRITE, Kind.MALFORMED), Evidence.SUSPECT),
                // The ordinary end of a pooled one
                row(reused(Phase.WRITE, Kind.CLOSED), Evidence.NONE),
                row(reused(Phase.WAIT, Kind.CLOSED), Evidence.NONE),
                row(reused(Phase.BODY, Kind.CLOSED), Evidence.SUSPECT),
                // A stream that is reset, or not begun
                row(reset(Phase.WAIT, CANCEL), Evidence.NONE),
                row(reset(Phase.BODY, CANCEL), Evidence.NONE),
                row(reset(Phase.WAIT, NO_ERROR), Evidence.NONE),
                row(reset(Phase.BODY, NO_ERROR), Evidence.NONE),
                row(reset(Phase.WAIT, REFUSED_STREAM), Evidence.NONE),
                row(reset(Phase.WAIT, INTERNAL_ERROR), Evidence.GATEWAY_ERROR),
                row(reset(Phase.BODY, INTERNAL_ERROR), Evidence.GATEWAY_ERROR),
                row(reset(Phase.WAIT, PROTOCOL_ERROR), Evidence.GATEWAY_ERROR),
                row(reset(Phase.WAIT, ENHANCE_YOUR_CALM), Evidence.GATEWAY_ERROR),
                row(reset(Phase.WAIT, 0xffffffffL), Evidence.GATEWAY_ERROR),
                row(failed(Phase.WAIT, Kind.REFUSED), Evidence.NONE),
                row(reused(Phase.WAIT, Kind.REFUSED), Evidence.NONE),
                // Time
                row(failed(Phase.WRITE, Kind.TIMEOUT), Evidence.SUSPECT),
                row(reused(Phase.WAIT, Kind.TIMEOUT), Evidence.SUSPECT),
                row(failed(Phase.BODY, Kind.TIMEOUT), Evidence.NONE),
                // What makes no sense
                row(failed(Phase.WAIT, Kind.MALFORMED), Evidence.GATEWAY_ERROR),
                row(reused(Phase.BODY, Kind.MALFORMED), Evidence.GATEWAY_ERROR),
                // Responses
                row(new Answered(200), Evidence.ANSWERED),
                row(new Answered(404), Evidence.ANSWERED),
                row(new Answered(413), Evidence.ANSWERED),
                row(new Answered(500), Evidence.ANSWERED),
                row(new Answered(501), Evidence.ANSWERED),
                row(new Answered(502), Evidence.GATEWAY_ERROR),
                row(new Answered(503), Evidence.GATEWAY_ERROR),
                row(new Answered(504), Evidence.GATEWAY_ERROR),
                row(new Answered(505), Evidence.ANSWERED),
                row(new Answered(200, 0), Evidence.ANSWERED),
                row(new Answered(200, 2), Evidence.ANSWERED),
                row(new Answered(200, 4), Evidence.ANSWERED),
                row(new Answered(200, 13), Evidence.ANSWERED),
                row(new Answered(200, 14), Evidence.GATEWAY_ERROR),
                // The client
                row(new Cancelled(), Evidence.NONE));
    }

    /** Gateway errors count only if {@link GatewayErrors} finds them to be the backend's own. */
    @ParameterizedTest
    @EnumSource(
            value = Evidence.class,
            names = {"ANSWERED", "GATEWAY_ERROR", "SUSPECT", "NONE"})
    void nothingThatARequestMayHaveCausedEjectsWithoutAProbe(Evidence evidence) {
        HealthTrack track = HealthTrack.of(Health.HEALTHY, Instant.EPOCH);
        for (int i = 0; i < 100; i++) {
            track = track.after(evidence, settings(), Instant.EPOCH.plusMillis(i));
            track = i % 10 == 9 ? track.after(Evidence.PROBE_PASSED, settings(), Instant.EPOCH.plusMillis(i)) : track;
        }

        assertThat(track.health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void tellsTheProbeThatGotNoResponseFromTheOneThatFailed() {
        ProbeResult silent =
                new ProbeResult(ProbeResult.Verdict.FAILED, "timed out", Duration.ZERO, Instant.EPOCH, true);

        assertThat(Evidence.of(silent)).isEqualTo(Evidence.PROBE_SILENT);
        assertThat(Evidence.of(new ProbeResult(false, "refused", Duration.ZERO, Instant.EPOCH)))
                .isEqualTo(Evidence.PROBE_FAILED);
    }

    private static Arguments row(Outcome outcome, Evidence evidence) {
        return Arguments.of(outcome, evidence);
    }

    private static Failed failed(Phase phase, Kind kind) {
        return new Failed(phase, kind, "test", false, true);
    }

    private static Failed reused(Phase phase, Kind kind) {
        return new Failed(phase, kind, "test", true, true);
    }

    private static Failed unprovoked(Phase phase, Kind kind) {
        return new Failed(phase, kind, "test", false, false, Circumstances.UNPROVOKED);
    }

    private static Failed uploading(Phase phase, Kind kind) {
        return new Failed(
                phase, kind, "test", false, true, new Circumstances(false, true, Circumstances.NO_STREAM_ERROR));
    }

    private static Failed reset(Phase phase, long code) {
        return new Failed(phase, Kind.CLOSED, "reset", false, true, new Circumstances(false, false, code));
    }

    private static HealthSettings settings() {
        return new HealthSettings(
                null,
                null,
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                2,
                HealthSettings.Type.HTTP,
                null,
                true,
                false);
    }
}
