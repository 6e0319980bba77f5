package dev.goaround.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who of the backends that a pool is to have is known to it.
 *
 * @param known for each listing the member, which may be about to leave, that it continues; null for a new one
 * @param ids for each listing the id that it has, or gets
 */
record Arrivals(List<@Nullable Member> known, List<String> ids) {

    static Arrivals of(List<Listing> listings, PoolSnapshot now) {
        Map<String, Deque<Member>> members = new HashMap<>();
        now.members().forEach(member -> add(members, member));
        now.leaving().forEach(leaver -> add(members, leaver.member()));
        Set<String> taken = new HashSet<>();
        List<@Nullable Member> known = new ArrayList<>();
        for (Listing listing : listings) {
            Deque<Member> same = members.get(listing.spec().identity());
            Member member = same == null ? null : same.poll();
            known.add(member);
            if (member != null) {
                taken.add(member.backend().id());
            }
        }
        // Whoever leaves now is still shown for a while.
        members.values()
                .forEach(left ->
                        left.forEach(member -> taken.add(member.backend().id())));
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < listings.size(); i++) {
            Member member = known.get(i);
            String id = member == null
                    ? freeId(listings.get(i).spec(), taken)
                    : member.backend().id();
            taken.add(id);
            ids.add(id);
        }
        return new Arrivals(known, ids);
    }

    private static void add(Map<String, Deque<Member>> members, Member member) {
        members.computeIfAbsent(member.backend().spec().identity(), key -> new ArrayDeque<>())
                .add(member);
    }

    /** Host and port, then what the path adds; a number where two would still be the same. */
    private static String freeId(BackendSpec spec, Set<String> taken) {
        String name = (spec.host() + "-" + spec.port() + spec.basePath())
                .replaceAll("[^A-Za-z0-9.]+", "-")
                .replaceAll("^-|-$", "");
        String id = name;
        for (int i = 2; taken.contains(id); i++) {
            id = name + "-" + i;
        }
        return id;
    }
}
