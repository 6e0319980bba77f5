package dev.goaround.membership;

import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Listing;
import dev.goaround.pool.OperatorState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Merges what several sources list into the pool: a backend that more than one lists is in it once, as the source says that
 * spoke first since the start, and with the names of all.
 *
 * <p>Thread-safe: changes take turns, and each is applied to the pool as a whole.
 */
public final class Membership {

    private final BackendPool pool;
    private final Map<String, List<BackendSpec>> sources = new LinkedHashMap<>();

    /** Set once, while the objects are put together. */
    private volatile Runnable afterUpdates = () -> {};

    public Membership(BackendPool pool) {
        this.pool = pool;
    }

    /** Has this run after every update: who is new is to be probed at once. Replaces the last. */
    public void whenUpdated(Runnable listener) {
        afterUpdates = listener;
    }

    /**
     * Takes what a source lists from now on, instead of what it has listed before.
     *
     * @param source its name, as the status shows it: {@code configuration}
     */
    public synchronized void update(String source, List<BackendSpec> specs) {
        sources.put(source, List.copyOf(specs));
        pool.update(merged());
        afterUpdates.run();
    }

    private List<Listing> merged() {
        Map<String, BackendSpec> specs = new LinkedHashMap<>();
        Map<String, List<String>> names = new LinkedHashMap<>();
        sources.forEach((source, listed) -> listed.forEach(spec -> {
            specs.putIfAbsent(spec.endpoint(), spec);
            List<String> naming = names.computeIfAbsent(spec.endpoint(), key -> new ArrayList<>());
            if (!naming.contains(source)) {
                naming.add(source);
            }
        }));
        List<Listing> merged = new ArrayList<>();
        specs.forEach((endpoint, spec) ->
                merged.add(new Listing(spec, names.getOrDefault(endpoint, List.of()), OperatorState.READY)));
        return merged;
    }
}
