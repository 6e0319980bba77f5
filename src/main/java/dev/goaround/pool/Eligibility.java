package dev.goaround.pool;

import java.util.List;

/**
 * Who of a pool's members gets traffic.
 *
 * @param panicThreshold least share of healthy backends, in percent; below it the evidence is mistrusted, or the few would
 *     drown, and all are used. 0 means never
 */
public record Eligibility(int panicThreshold) {

    /** Healthy backends only, however few. */
    public static final Eligibility HEALTHY_ONLY = new Eligibility(0);

    /**
     * Whether so few are healthy that all are used. Whoever drains, or has not been found well or ill yet, is in neither
     * number.
     */
    boolean panic(List<Member> members) {
        long healthy = members.stream().filter(Member::healthy).count();
        long usable = members.stream().filter(Eligibility::usable).count();
        return healthy * 100 < usable * panicThreshold;
    }

    /** Healthy backends, and backups only if there is no other; in panic all that do not drain. */
    List<Backend> eligible(List<Member> members) {
        if (panic(members)) {
            return members.stream()
                    .filter(Eligibility::usable)
                    .map(Member::backend)
                    .toList();
        }
        List<Backend> primaries = healthy(members, false);
        return primaries.isEmpty() ? healthy(members, true) : primaries;
    }

    private static boolean usable(Member member) {
        return member.healthy() || (member.health() == Health.DEGRADED && member.probed());
    }

    private static List<Backend> healthy(List<Member> members, boolean backup) {
        return members.stream()
                .filter(member -> member.healthy() && member.backend().spec().backup() == backup)
                .map(Member::backend)
                .toList();
    }
}
