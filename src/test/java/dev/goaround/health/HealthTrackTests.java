package dev.goaround.health;

import static dev.goaround.pool.Health.DEGRADED;
import static dev.goaround.pool.Health.HEALTHY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.pool.Health;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Cancelled;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class HealthTrackTests {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /** {@code .} good probe, {@code x} bad probe, {@code a} answered, {@code g} gateway error, {@code !} broken, {@code o} draining, {@code ?} in doubt, {@code r} success rate. */
    @ParameterizedTest(name = "{0} then {1} ends {2}")
    @CsvSource({
        // A new backend
        "DEGRADED, '',       DEGRADED", // until it is probed
        "DEGRADED, .,        HEALTHY", // one good probe is enough
        "DEGRADED, x,        DEGRADED",
        "DEGRADED, xxx.,     HEALTHY", // also after failures
        "DEGRADED, aaaaa,    DEGRADED", // live answers do not heal
        "DEGRADED, !g-.,     HEALTHY", // and live failures do not make it worse
        // Probes of a healthy one
        "HEALTHY,  x,        HEALTHY", // one failure is noise
        "HEALTHY,  xx,       DEGRADED", // fall = 2
        "HEALTHY,  x.x,      HEALTHY", // a good probe ends the streak
        "HEALTHY,  x.xx,     DEGRADED",
        "HEALTHY,  xax,      DEGRADED", // a live answer does not
        "HEALTHY,  xgx,      DEGRADED", // nor a gateway error
        "HEALTHY,  x--x,     DEGRADED", // nor what says nothing
        // Live traffic of a healthy one
        "HEALTHY,  !,        DEGRADED", // at once
        "HEALTHY,  gggg,     HEALTHY",
        "HEALTHY,  ggggg,    DEGRADED", // five in a row
        "HEALTHY,  ggggag,   HEALTHY", // an answer ends the streak
        "HEALTHY,  gggga.gggg, HEALTHY",
        "HEALTHY,  gg.gg.g,  DEGRADED", // a good probe does not
        "HEALTHY,  ggxggg,   DEGRADED", // nor a bad one
        "HEALTHY,  gg--ggg,  DEGRADED",
        "HEALTHY,  xgggg,    HEALTHY", // streaks of two kinds do not add up
        "HEALTHY,  -----,    HEALTHY",
        // Recovery
        "HEALTHY,  !.,       HEALTHY", // one good probe
        "HEALTHY,  xx.,      HEALTHY",
        "HEALTHY,  ggggg.,   HEALTHY",
        "HEALTHY,  !a,       DEGRADED", // answers that were under way do not heal
        "HEALTHY,  !!!.,     HEALTHY", // failures that were under way are no relapses
        "HEALTHY,  ggggg.gggg, HEALTHY", // streaks start afresh
        "HEALTHY,  xx.x,     HEALTHY",
        // Relapses, all within a minute
        "HEALTHY,  !.!.,     DEGRADED", // needs two now
        "HEALTHY,  !.!..,    HEALTHY",
        "HEALTHY,  !.!.x.,   DEGRADED", // in a row
        "HEALTHY,  !.!.x..,  HEALTHY",
        "HEALTHY,  !.!.!.,   HEALTHY", // late failures of live traffic do not end a good streak
        "HEALTHY,  !.!..!...,  DEGRADED", // four
        "HEALTHY,  !.!..!...., HEALTHY",
        "DEGRADED, .!.,      HEALTHY", // the first failure ever is no relapse
        "DEGRADED, x.!.,     DEGRADED", // but it is for a backend that was seen down at start
        "DEGRADED, x.!..,    HEALTHY",
        // Announced drains
        "HEALTHY,  o,        DRAINING", // at once
        "HEALTHY,  oo,       DRAINING",
        "HEALTHY,  o.,       HEALTHY", // one good probe
        "HEALTHY,  oggggg!a, DRAINING", // what still runs says nothing
        "HEALTHY,  ox,       DRAINING", // one failure is noise here too
        "HEALTHY,  oxox,     DRAINING",
        "HEALTHY,  oxx,      DEGRADED", // it is gone
        "HEALTHY,  oxxxxxx., HEALTHY", // and back
        "HEALTHY,  oxxxxoxo, DRAINING", // and starting
        "HEALTHY,  oxx.!.,   HEALTHY", // which is no degradation, so that the next is no relapse
        "HEALTHY,  o.!.,     HEALTHY",
        "HEALTHY,  !.o.!.,   DEGRADED", // but forgives none either
        "HEALTHY,  !.o.!..,  HEALTHY",
        "DEGRADED, o,        DRAINING", // a new backend that is starting
        "DEGRADED, xo.,      HEALTHY",
        "HEALTHY,  !o,       DRAINING", // it was killed and starts again
        "HEALTHY,  !o.!.,    DEGRADED",
        "HEALTHY,  !.!o,     DEGRADED", // nobody gets out of good probes that are owed
        "HEALTHY,  !.!o.,    DEGRADED",
        "HEALTHY,  !.!.o.,   DEGRADED", // for which draining is not good
        "HEALTHY,  !.!.o..,  HEALTHY",
        // Success rates
        "HEALTHY,  r,        DEGRADED", // at once
        "HEALTHY,  r.........,  DEGRADED", // nine good probes
        "HEALTHY,  r.........., HEALTHY", // ten
        "HEALTHY,  r.........x., DEGRADED", // in a row
        "HEALTHY,  !.r..........,  HEALTHY", // a relapse costs no less than the first time
        "HEALTHY,  r..........!...................,  DEGRADED", // and after ten, twenty
        "HEALTHY,  r..........!....................,  HEALTHY",
        "HEALTHY,  ?r,       HEALTHY",
        // Doubts of live traffic
        "HEALTHY,  ?,        HEALTHY",
        "HEALTHY,  ?x,       DEGRADED", // one failed probe is enough
        "HEALTHY,  ?.x,      HEALTHY", // a good one ends the doubt
        "HEALTHY,  ?!!ggggg, HEALTHY", // more of the same adds nothing
        "HEALTHY,  ?!.,      HEALTHY",
        "HEALTHY,  ?ggg.gg,  HEALTHY",
        "HEALTHY,  ?.!,      DEGRADED",
        "HEALTHY,  ?o,       DRAINING",
        "HEALTHY,  ?x.?x.,   DEGRADED", // degraded is degraded: this is a relapse
        "HEALTHY,  ?x.?x..,  HEALTHY",
    })
    void movesByEvidence(Health start, String evidence, Health end) {
        assertThat(track(start, evidence).health()).isEqualTo(end);
    }

    @Test
    void doublesTheGoodProbesThatARelapseCostsUpToThirty() {
        HealthTrack track = HealthTrack.of(HEALTHY, START);
        int[] needed = new int[8];
        for (int relapse = 0; relapse < needed.length; relapse++) {
            track = track.after(Evidence.BROKEN, settings(2), START);
            while (track.health() == DEGRADED) {
                track = track.after(Evidence.PROBE_PASSED, settings(2), START);
                needed[relapse]++;
            }
        }
        assertThat(needed).containsExactly(1, 2, 4, 8, 16, 30, 30, 30);
    }

    @ParameterizedTest(name = "failing again after {0} needs {1}")
    @CsvSource({"PT0S, 4", "PT59.999S, 4", "PT1M, 1", "PT24H, 1"})
    void forgivesRelapsesAfterAHealthyMinute(Duration healthyFor, int needed) {
        HealthTrack track = track(HEALTHY, "!.!..");
        assertThat(track.rise()).isEqualTo(2);

        HealthTrack relapsed = track.after(Evidence.BROKEN, settings(2), START.plus(healthyFor));

        assertThat(relapsed.rise()).isEqualTo(needed);
    }

    @Test
    void doesNotCountTheMinuteFromTheFailureButFromTheRecovery() {
        HealthTrack track = HealthTrack.of(HEALTHY, START).after(Evidence.BROKEN, settings(2), START);
        Instant recovery = START.plusSeconds(3_600);
        track = track.after(Evidence.PROBE_PASSED, settings(2), recovery);
        assertThat(track.since()).isEqualTo(recovery);

        assertThat(track.after(Evidence.BROKEN, settings(2), recovery.plusSeconds(30))
                        .rise())
                .isEqualTo(2);
    }

    @Test
    void keepsTheTimeOfTheFlipWhileNothingFlips() {
        HealthTrack track = HealthTrack.of(HEALTHY, START);
        Instant later = START.plusSeconds(5);

        assertThat(track.after(Evidence.PROBE_FAILED, settings(2), later).since())
                .isEqualTo(START);
        assertThat(track.after(Evidence.BROKEN, settings(2), later).since()).isEqualTo(later);
    }

    @ParameterizedTest(name = "{0} then {1} rests on {2}")
    @CsvSource({
        "HEALTHY, '',     PROBES",
        "HEALTHY, !,      TRAFFIC",
        "HEALTHY, ggggg,  TRAFFIC",
        "HEALTHY, !.!.,   TRAFFIC", // one of two good probes
        "HEALTHY, r,      TRAFFIC",
        "HEALTHY, !x,     PROBES", // a failed probe says the same as live traffic
        "HEALTHY, xx,     PROBES",
        "HEALTHY, ?,      DOUBT",
        "HEALTHY, ?x,     PROBES",
        "HEALTHY, ?.,     PROBES",
        "HEALTHY, o,      ANNOUNCEMENT",
        "HEALTHY, oxx,    ANNOUNCEMENT",
        "HEALTHY, oxx.,   PROBES",
    })
    void knowsWhatAHealthRestsOn(Health start, String evidence, Basis basis) {
        assertThat(track(start, evidence).basis()).isEqualTo(basis);
    }

    @ParameterizedTest(name = "fall {0}: {1} ends {2}")
    @CsvSource({"1, x, DEGRADED", "3, xx, HEALTHY", "3, xxx, DEGRADED"})
    void fallsAfterAsManyFailedProbesAsSet(int fall, String evidence, Health end) {
        assertThat(track(HEALTHY, evidence, fall).health()).isEqualTo(end);
    }

    @Test
    void knowsBeforehandWhetherEvidenceMakesADifference() {
        Set<HealthTrack> seen = new HashSet<>();
        Deque<HealthTrack> open = new ArrayDeque<>(Stream.of(Health.values())
                .map(health -> HealthTrack.of(health, START))
                .toList());
        while (!open.isEmpty()) {
            HealthTrack track = open.remove();
            if (!seen.add(track)) {
                continue;
            }
            for (Evidence evidence : Evidence.values()) {
                HealthTrack after = track.after(evidence, settings(2), START);
                assertThat(after.equals(track))
                        .as("%s after %s", track, evidence)
                        .isEqualTo(!track.movedBy(evidence));
                open.add(after);
                if (after.ejected() && !track.ejected()) {
                    open.add(track.inDoubt());
                }
            }
        }
        assertThat(seen).hasSizeGreaterThan(50);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @MethodSource("outcomes")
    void readsOutcomesAsEvidence(Outcome outcome, Evidence evidence) {
        assertThat(Evidence.of(outcome)).isEqualTo(evidence);
    }

    static Stream<Arguments> outcomes() {
        return Stream.of(
                Arguments.of(new Answered(200), Evidence.ANSWERED),
                Arguments.of(new Answered(404), Evidence.ANSWERED),
                Arguments.of(new Answered(500), Evidence.ANSWERED),
                Arguments.of(new Answered(501), Evidence.ANSWERED),
                Arguments.of(new Answered(502), Evidence.GATEWAY_ERROR),
                Arguments.of(new Answered(503), Evidence.GATEWAY_ERROR),
                Arguments.of(new Answered(504), Evidence.GATEWAY_ERROR),
                Arguments.of(new Answered(505), Evidence.ANSWERED),
                Arguments.of(new Cancelled(), Evidence.NONE),
                Arguments.of(failed(Phase.CONNECT, Kind.UNREACHABLE, false), Evidence.BROKEN),
                Arguments.of(failed(Phase.CONNECT, Kind.TIMEOUT, false), Evidence.BROKEN),
                Arguments.of(failed(Phase.TLS, Kind.TLS, false), Evidence.BROKEN),
                Arguments.of(failed(Phase.WRITE, Kind.CLOSED, false), Evidence.BROKEN),
                Arguments.of(failed(Phase.WRITE, Kind.TIMEOUT, true), Evidence.BROKEN),
                Arguments.of(failed(Phase.WAIT, Kind.CLOSED, false), Evidence.BROKEN),
                Arguments.of(failed(Phase.WAIT, Kind.TIMEOUT, true), Evidence.BROKEN),
                Arguments.of(failed(Phase.BODY, Kind.CLOSED, true), Evidence.BROKEN),
                Arguments.of(failed(Phase.BODY, Kind.TIMEOUT, false), Evidence.BROKEN),
                // The ordinary end of a pooled connection
                Arguments.of(failed(Phase.WRITE, Kind.CLOSED, true), Evidence.NONE),
                Arguments.of(failed(Phase.WAIT, Kind.CLOSED, true), Evidence.NONE),
                Arguments.of(failed(Phase.WAIT, Kind.REFUSED, false), Evidence.NONE),
                Arguments.of(failed(Phase.WAIT, Kind.REFUSED, true), Evidence.NONE),
                Arguments.of(failed(Phase.WAIT, Kind.MALFORMED, false), Evidence.GATEWAY_ERROR),
                Arguments.of(failed(Phase.BODY, Kind.MALFORMED, true), Evidence.GATEWAY_ERROR));
    }

    private static Failed failed(Phase phase, Kind kind, boolean reused) {
        return new Failed(phase, kind, "test", reused, true);
    }

    private static HealthTrack track(Health start, @Nullable String evidence) {
        return track(start, evidence == null ? "" : evidence, 2);
    }

    private static HealthTrack track(Health start, String evidence, int fall) {
        HealthTrack track = HealthTrack.of(start, START);
        for (int i = 0; i < evidence.length(); i++) {
            char letter = evidence.charAt(i);
            track = letter == '?' ? track.inDoubt() : track.after(evidence(letter), settings(fall), START);
        }
        return track;
    }

    private static Evidence evidence(char letter) {
        return switch (letter) {
            case '.' -> Evidence.PROBE_PASSED;
            case 'x' -> Evidence.PROBE_FAILED;
            case 'a' -> Evidence.ANSWERED;
            case 'g' -> Evidence.GATEWAY_ERROR;
            case '!' -> Evidence.BROKEN;
            case 'o' -> Evidence.PROBE_DRAINING;
            case 'r' -> Evidence.OUTLIER;
            case '-' -> Evidence.NONE;
            default -> throw new IllegalArgumentException("no such evidence: " + letter);
        };
    }

    private static HealthSettings settings(int fall) {
        return new HealthSettings(
                null,
                null,
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                fall,
                HealthSettings.Type.HTTP,
                null,
                true,
                false);
    }
}
