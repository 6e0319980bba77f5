package dev.goaround.pool;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who of a pool's members gets traffic, and how much of it at first.
 *
 * @param panicThreshold least share of healthy backends, in percent; below it the evidence is mistrusted, or the few would
 *     drown, and all are used. 0 means never
 * @param slowStart how long a backend grows to its full weight whenever it comes, or comes back; zero means not at all, and
 *     null 10 s if it was away for more than a minute
 * @param zone whose backends are preferred; null if all are alike
 */
public record Eligibility(
        int panicThreshold,
        @Nullable Duration slowStart,
        @Nullable String zone) {

    /** Healthy backends only, however few. */
    public static final Eligibility HEALTHY_ONLY = new Eligibility(0, null);

    /** Where all backends are alike, wherever they are. */
    public Eligibility(int panicThreshold, @Nullable Duration slowStart) {
        this(panicThreshold, slowStart, null);
    }

    private static final Duration DEFAULT_SLOW_START = Duration.ofSeconds(10);

    /** After this time caches are cold, or it is another process. */
    private static final Duration LONG_ABSENCE = Duration.ofMinutes(1);

    /**
     * Whether so few are healthy that all are used. Whoever drains, is kept from traffic by an operator, or has not been
     * found well or ill yet, is in neither number.
     */
    boolean panic(List<Member> members) {
        long healthy = members.stream().filter(Member::available).count();
        long usable = members.stream().filter(Eligibility::usable).count();
        return healthy * 100 < usable * panicThreshold;
    }

    /**
     * Healthy backends by priority, and backups only if there is no other; in panic all that neither drain nor are kept from
     * traffic, whatever their priority and zone. Levels that get nothing are left out.
     */
    List<Level> levels(List<Member> members) {
        if (panic(members)) {
            return List.of(Level.of(members.stream()
                    .filter(Eligibility::usable)
                    .map(Member::backend)
                    .toList()));
        }
        boolean backups = members.stream()
                .noneMatch(
                        member -> member.available() && !member.backend().spec().backup());
        return Level.of(
                members.stream()
                        .filter(member -> member.backend().spec().backup() == backups)
                        .toList(),
                zone);
    }

    /**
     * Returns the slow start of a backend that is healthy from now on, or null for none.
     *
     * @param left since when it has not been healthy; null if it was not expected to be yet
     */
    @Nullable
    Ramp ramp(@Nullable Instant left, Instant now) {
        if (left == null) {
            return null;
        }
        boolean longAbsence = Duration.between(left, now).compareTo(LONG_ABSENCE) > 0;
        Duration unset = longAbsence ? DEFAULT_SLOW_START : Duration.ZERO;
        Duration length = slowStart == null ? unset : slowStart;
        return length.isZero()
                ? null
                : new Ramp(now.toEpochMilli(), now.plus(length).toEpochMilli());
    }

    private static boolean usable(Member member) {
        return member.ready() && (member.healthy() || (member.health() == Health.DEGRADED && member.probed()));
    }
}
