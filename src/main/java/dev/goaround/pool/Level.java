package dev.goaround.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The backends of one priority that get traffic, and how much of it.
 *
 * @param near those of GoAround's own zone; if there are none, or zones don't matter, all
 * @param far the others
 * @param share the share of all requests that the level gets, above 0
 * @param stay the share of the level's requests that stay near; 1 if there is nobody else
 */
record Level(List<Backend> near, List<Backend> far, double share, double stay) {

    /** How many times the traffic for its part that a healthy backend can carry, as Envoy has it. */
    private static final double OVERPROVISIONING = 1.4;

    /** A share below this is what rounding has left. */
    private static final double NOTHING = 1e-9;

    /** The level of all that is left when priorities don't matter. */
    static Level of(List<Backend> backends) {
        return new Level(List.copyOf(backends), List.of(), 1, 1);
    }

    /**
     * Divides the requests by priority, by the published rule of Envoy ("Priority levels"): a level keeps all of them until the
     * healthy part of its backends, by weight, times 1.4 falls below the whole; then the rest goes to the next. If all levels
     * together have less than the whole, each gets its part of what they have.
     *
     * @param members of all priorities, whatever their health
     * @param zone whose backends are preferred; null if all are alike
     * @return the levels that get anything, the first one in front
     */
    static List<Level> of(List<Member> members, @Nullable String zone) {
        TreeMap<Integer, List<Member>> byPriority = new TreeMap<>();
        for (Member member : members) {
            byPriority
                    .computeIfAbsent(member.backend().spec().priority(), key -> new ArrayList<>())
                    .add(member);
        }
        double whole = Math.min(
                1, byPriority.values().stream().mapToDouble(Level::carries).sum());
        List<Level> levels = new ArrayList<>();
        double rest = 1;
        for (List<Member> level : byPriority.values()) {
            double share = whole == 0 ? 0 : Math.min(rest, carries(level) / whole);
            if (share > NOTHING) {
                levels.add(of(level, share, zone));
                rest -= share;
            }
        }
        return levels;
    }

    /**
     * The part of all requests that a level can carry. Who drains or is kept from traffic is missing like who is ill; who has
     * not been probed yet is not: it has just been added.
     */
    private static double carries(List<Member> level) {
        long all = 0;
        long available = 0;
        for (Member member : level) {
            int weight = member.backend().spec().weight();
            available += member.available() ? weight : 0;
            all += member.probed() || member.available() ? weight : 0;
        }
        return all == 0 ? 0 : Math.min(1, OVERPROVISIONING * available / all);
    }

    /**
     * Divides a level's requests by zone, by the published rule of Envoy ("Zone aware routing"), where each zone gets as many
     * from outside as any other: they stay if their own zone has its part of what is healthy, and else as many as that part can
     * carry.
     */
    private static Level of(List<Member> members, double share, @Nullable String zone) {
        List<Backend> near = new ArrayList<>();
        List<Backend> far = new ArrayList<>();
        for (Member member : members) {
            if (member.available()) {
                boolean own =
                        zone == null || zone.equals(member.backend().spec().zone());
                (own ? near : far).add(member.backend());
            }
        }
        if (near.isEmpty() || far.isEmpty()) {
            return new Level(near.isEmpty() ? far : near, List.of(), share, 1);
        }
        long zones = members.stream()
                .map(member ->
                        Objects.requireNonNullElse(member.backend().spec().zone(), ""))
                .distinct()
                .count();
        double own = weight(near);
        return new Level(near, far, share, Math.min(1, zones * own / (own + weight(far))));
    }

    private static double weight(List<Backend> backends) {
        return backends.stream().mapToDouble(backend -> backend.spec().weight()).sum();
    }
}
