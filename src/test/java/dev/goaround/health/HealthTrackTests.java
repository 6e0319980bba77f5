package dev.goaround.health;

import static dev.goaround.pool.Health.DEGRADED;
import static dev.goaround.pool.Health.HEALTHY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.pool.Health;
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
import org.junit.jupiter.params.provider.CsvSource;

class HealthTrackTests {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /** {@code .} good probe, {@code x} bad probe, {@code a} answered, {@code g} gateway error, {@code G} gateway error while others respond well, {@code c}
     * contradicted, {@code s} suspect, {@code z} silent probe, {@code !} broken, {@code o} draining, {@code ?} in doubt, {@code r} success rate. */
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
        "HEALTHY,  GGGG,     HEALTHY",
        "HEALTHY,  GGGGG,    DEGRADED", // five in a row
        "HEALTHY,  GGGGaG,   HEALTHY", // a response ends the streak
        "HEALTHY,  GGGGa.GGGG, HEALTHY",
        "HEALTHY,  GG.GG.G,  DEGRADED", // a good probe does not
        "HEALTHY,  GGxGGG,   DEGRADED", // nor a bad one
        "HEALTHY,  GG--GGG,  DEGRADED",
        "HEALTHY,  xGGGG,    HEALTHY", // streaks of two kinds do not add up
        "HEALTHY,  ggggg,    HEALTHY", // the requests may be at fault: a probe decides
        "HEALTHY,  ggggg.ggggg.ggggg, HEALTHY",
        "HEALTHY,  gggggx,   DEGRADED",
        "HEALTHY,  ggggx,    HEALTHY", // four are no doubt
        "HEALTHY,  ggggG,    DEGRADED", // the fifth is its own
        "HEALTHY,  gcgcgcgc, HEALTHY",
        "HEALTHY,  gcgcgcgcgc, DEGRADED", // five that others respond well to
        "HEALTHY,  gcgcgcgcagc, HEALTHY",
        // Failures of live traffic that requests may have caused
        "HEALTHY,  ssssssss, HEALTHY",
        "HEALTHY,  s.s.s.s.s.s, HEALTHY",
        "HEALTHY,  sx,       DEGRADED", // one failed probe confirms them
        "HEALTHY,  s.x,      HEALTHY",
        "HEALTHY,  sz,       DEGRADED",
        "HEALTHY,  zz,       DEGRADED",
        "HEALTHY,  zx,       DEGRADED",
        "DEGRADED, s.,       HEALTHY",
        "HEALTHY,  -----,    HEALTHY",
        // Recovery
        "HEALTHY,  !.,       HEALTHY", // one good probe
        "HEALTHY,  xx.,      HEALTHY",
        "HEALTHY,  GGGGG.,   HEALTHY",
        "HEALTHY,  !a,       DEGRADED", // answers that were under way do not heal
        "HEALTHY,  !!!.,     HEALTHY", // failures that were under way are no relapses
        "HEALTHY,  GGGGG.GGGG, HEALTHY", // streaks start afresh
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
        "HEALTHY,  ?r,       DEGRADED",
        // Doubts of live traffic
        "HEALTHY,  ?,        HEALTHY",
        "HEALTHY,  ?x,       DEGRADED", // one failed probe is enough
        "HEALTHY,  ?.x,      HEALTHY", // a good one ends the doubt
        "HEALTHY,  ?ssggggg, HEALTHY", // more of the same adds nothing
        "HEALTHY,  ?!,       DEGRADED", // what says more does
        "HEALTHY,  ?GGGGG,   DEGRADED",
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
        "HEALTHY, ggggg,  DOUBT",
        "HEALTHY, GGGGG,  TRAFFIC",
        "HEALTHY, s,      DOUBT",
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

    @ParameterizedTest(name = "{0} then {1} is silent: {2}")
    @CsvSource({
        "HEALTHY,  zz,  true",
        "HEALTHY,  xz,  true", // the latest counts
        "HEALTHY,  zx,  false",
        "HEALTHY,  z,   false",
        "HEALTHY,  !,   false",
        "HEALTHY,  !z,  true",
        "HEALTHY,  zzx, false", // refused since
        "HEALTHY,  zz., false",
        "DEGRADED, z,   true",
        "DEGRADED, zx,  false",
        "DEGRADED, xz,  true",
        "HEALTHY,  ozz, true",
    })
    void knowsWhetherAllThatSpeaksAgainstItIsSilence(Health start, String evidence, boolean silent) {
        assertThat(track(start, evidence).silent()).isEqualTo(silent);
    }

    @Test
    void owesOneGoodProbeAtMostOnceItIsForgiven() {
        HealthTrack relapsed = track(HEALTHY, "!.!..!");
        assertThat(relapsed.rise()).isEqualTo(4);

        assertThat(relapsed.forgiven()
                        .after(Evidence.PROBE_PASSED, settings(2), START)
                        .health())
                .isEqualTo(HEALTHY);
        assertThat(track(HEALTHY, "r").forgiven().rise()).isEqualTo(1);
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
            case 'G' -> Evidence.LONE_GATEWAY_ERROR;
            case 'c' -> Evidence.CONTRADICTED;
            case 's' -> Evidence.SUSPECT;
            case 'z' -> Evidence.PROBE_SILENT;
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
