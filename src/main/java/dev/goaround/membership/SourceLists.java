package dev.goaround.membership;

import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Listing;
import dev.goaround.pool.OperatorState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the sources other than the operators list, and what the names stand for that are among it. Not thread-safe. */
final class SourceLists {

    private final Names names;
    private final Map<String, List<BackendSpec>> sources = new LinkedHashMap<>();

    SourceLists(Names names) {
        this.names = names;
    }

    /** Takes what a source lists from now on; returns whether that is what it has listed before. */
    boolean put(String source, List<BackendSpec> specs) {
        return specs.equals(sources.put(source, List.copyOf(specs)));
    }

    /**
     * Returns it merged: each backend once, as the source says that spoke first; then those that the names stand for, the
     * operators' included, as far as nobody lists them otherwise.
     */
    List<Listing> with(OperatorLayer said) {
        Map<String, BackendSpec> specs = new LinkedHashMap<>();
        Map<String, Set<String>> from = new LinkedHashMap<>();
        sources.forEach((source, listed) -> listed.forEach(spec -> add(spec, source, specs, from)));
        for (BackendSpec name : names(said)) {
            names.backends(name).forEach(spec -> add(spec, new DnsName(name).url(), specs, from));
        }
        List<Listing> merged = new ArrayList<>();
        specs.forEach((endpoint, spec) ->
                merged.add(new Listing(spec, List.copyOf(from.getOrDefault(endpoint, Set.of())), OperatorState.READY)));
        return merged;
    }

    private static void add(
            BackendSpec spec, String source, Map<String, BackendSpec> specs, Map<String, Set<String>> from) {
        specs.putIfAbsent(spec.endpoint(), spec);
        from.computeIfAbsent(spec.endpoint(), key -> new LinkedHashSet<>()).add(source);
    }

    /** The names that somebody lists, as operators want them. */
    Set<BackendSpec> names(OperatorLayer said) {
        Map<String, BackendSpec> listed = new LinkedHashMap<>();
        sources.values().stream()
                .flatMap(List::stream)
                .filter(DnsName::is)
                .forEach(spec -> listed.putIfAbsent(spec.endpoint(), spec));
        Set<BackendSpec> wanted = new LinkedHashSet<>();
        listed.forEach((endpoint, spec) -> addName(said.of(endpoint).over(spec), wanted));
        said.words().values().forEach(word -> addName(word.over(null), wanted));
        return wanted;
    }

    private static void addName(@Nullable BackendSpec spec, Set<BackendSpec> wanted) {
        if (spec != null && DnsName.is(spec)) {
            wanted.add(spec);
        }
    }
}
