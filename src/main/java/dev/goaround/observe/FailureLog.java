package dev.goaround.observe;

import dev.goaround.retry.TroubledRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * The latest requests that failed or needed another attempt. Thread-safe; nothing is added on the way of a request that just
 * works, so that a lock does no harm.
 */
public final class FailureLog implements Consumer<TroubledRequest> {

    private static final int CAPACITY = 256;

    private final Deque<TroubledRequest> requests = new ArrayDeque<>(CAPACITY);

    @Override
    public synchronized void accept(TroubledRequest request) {
        if (requests.size() == CAPACITY) {
            requests.removeFirst();
        }
        requests.addLast(request);
    }

    /** The latest first. */
    public synchronized List<TroubledRequest> latest() {
        List<TroubledRequest> latest = new ArrayList<>(requests);
        Collections.reverse(latest);
        return latest;
    }
}
