package dev.goaround.membership;

import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Listing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * All that operators have said of backends while GoAround runs. Their word counts above what the other sources list, also of a backend that
 * none lists at the moment. Immutable.
 *
 * @param words what they have said, by endpoint, in the order in which they spoke first
 */
public record OperatorLayer(Map<String, OperatorWord> words) {

    /** The name of this source. */
    public static final String SOURCE = "operator";

    /** Nothing has been said. */
    public static final OperatorLayer EMPTY = new OperatorLayer(Map.of());

    public OperatorLayer {
        words = Collections.unmodifiableMap(new LinkedHashMap<>(words));
    }

    OperatorWord of(String endpoint) {
        return words.getOrDefault(endpoint, OperatorWord.NONE);
    }

    /** The same with other words about these backends, by endpoint. */
    OperatorLayer with(Map<String, OperatorWord> others) {
        Map<String, OperatorWord> changed = new LinkedHashMap<>(words);
        changed.putAll(others);
        changed.values().removeIf(OperatorWord.NONE::equals);
        return new OperatorLayer(changed);
    }

    /** What is said here of those backends of which something else is said there. */
    Map<String, OperatorWord> unlike(OperatorLayer other) {
        Map<String, OperatorWord> unlike = new LinkedHashMap<>();
        Stream.concat(words.keySet().stream(), other.words.keySet().stream())
                .filter(endpoint -> !of(endpoint).equals(other.of(endpoint)))
                .forEach(endpoint -> unlike.put(endpoint, of(endpoint)));
        return unlike;
    }

    /** What the pool is to have: what the other sources list, as far as nothing else has been said, and what was added. */
    List<Listing> over(List<Listing> listed) {
        List<Listing> result = new ArrayList<>();
        Set<String> known = new HashSet<>();
        for (Listing listing : listed) {
            String endpoint = listing.spec().endpoint();
            known.add(endpoint);
            OperatorWord word = of(endpoint);
            BackendSpec spec = word.over(listing.spec());
            if (spec != null) {
                result.add(new Listing(spec, sources(word, listing.sources()), word.state()));
            }
        }
        words.forEach((endpoint, word) -> {
            BackendSpec spec = known.contains(endpoint) ? null : word.over(null);
            if (spec != null) {
                result.add(new Listing(spec, List.of(SOURCE), word.state()));
            }
        });
        return result;
    }

    private static List<String> sources(OperatorWord word, List<String> others) {
        if (word.added() == null) {
            return others;
        }
        List<String> all = new ArrayList<>(List.of(SOURCE));
        all.addAll(others);
        return all;
    }
}
