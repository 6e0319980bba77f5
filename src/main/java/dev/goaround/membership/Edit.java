package dev.goaround.membership;

import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Listing;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an operator wants changed. */
@FunctionalInterface
public interface Edit {

    /**
     * Returns what operators have said once this is said as well.
     *
     * @param before what they have said so far
     * @param listed what the other sources list
     * @throws RefusedChangeException if it makes no sense
     */
    OperatorLayer apply(OperatorLayer before, List<Listing> listed);

    /** Adds backends, none of which may be in the pool. */
    static Edit add(List<BackendSpec> specs) {
        return (before, listed) -> {
            Set<String> there = new HashSet<>();
            before.over(listed).forEach(listing -> there.add(listing.spec().endpoint()));
            Map<String, OperatorWord> said = new LinkedHashMap<>();
            for (BackendSpec spec : specs) {
                if (there.contains(spec.endpoint())) {
                    throw new RefusedChangeException(spec.uri() + ": is in the pool already");
                }
                said.put(spec.endpoint(), before.of(spec.endpoint()).adding(spec));
            }
            return before.with(said);
        };
    }

    /** Makes these the backends of the pool, and no others that are listed now. Those that stay keep their state, and names what they lead to. */
    static Edit replace(List<BackendSpec> specs) {
        return (before, listed) -> {
            Map<String, @Nullable BackendSpec> known = specs(listed);
            Map<String, OperatorWord> said = new LinkedHashMap<>();
            for (BackendSpec spec : specs) {
                OperatorWord word = before.of(spec.endpoint());
                boolean listedSo = spec.equals(known.get(spec.endpoint()));
                said.put(spec.endpoint(), listedSo ? word.asListed() : word.adding(spec));
            }
            before.over(listed).stream()
                    .filter(listing -> !DnsName.leadsTo(listing))
                    .forEach(listing -> said.putIfAbsent(
                            listing.spec().endpoint(), absent(listing.spec().endpoint(), known)));
            return before.with(said);
        };
    }

    /** Sets something of a backend that is in the pool. */
    static Edit set(String endpoint, OperatorWord.Settings settings) {
        return (before, listed) -> before.with(Map.of(
                endpoint, before.of(endpoint).with(settings, specs(listed).get(endpoint))));
    }

    /** Removes a backend that is in the pool. */
    static Edit remove(String endpoint) {
        return (before, listed) -> {
            requirePresent(endpoint, before, listed);
            return before.with(Map.of(endpoint, absent(endpoint, specs(listed))));
        };
    }

    private static void requirePresent(String endpoint, OperatorLayer layer, List<Listing> listed) {
        if (layer.over(listed).stream()
                .noneMatch(listing -> listing.spec().endpoint().equals(endpoint))) {
            throw new RefusedChangeException(endpoint + ": is not in the pool any more");
        }
    }

    /** What has to be said for a backend not to be in the pool. */
    private static OperatorWord absent(String endpoint, Map<String, @Nullable BackendSpec> known) {
        return known.get(endpoint) == null ? OperatorWord.NONE : OperatorWord.REMOVED;
    }

    private static Map<String, @Nullable BackendSpec> specs(List<Listing> listed) {
        Map<String, @Nullable BackendSpec> specs = new HashMap<>();
        listed.forEach(listing -> specs.put(listing.spec().endpoint(), listing.spec()));
        return specs;
    }
}
