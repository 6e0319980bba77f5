package dev.goaround.pool;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a picker may know of the request.
 *
 * @param tried backends that this request has been sent to already, which must not be picked again
 * @param restingToo whether backends that have asked to be left alone for a while may be picked
 * @param hashKey what decides where it goes if the policy sends equal requests to the same backend; any number otherwise
 * @param stuckTo the backend that its client is to stay with if that goes on at all, whatever the policy says; null if any will do
 * @param path the request's path, for backends that want no more requests for it at the moment; null if that is all the same
 * @param chosen whether a key of the client decides which backend gets the request
 */
public record PickContext(
        List<Backend> tried,
        boolean restingToo,
        long hashKey,
        @Nullable Backend stuckTo,
        @Nullable String path,
        boolean chosen) {

    /** The context of a request's first attempt. */
    public static final PickContext FIRST = new PickContext(List.of());

    public PickContext(List<Backend> tried) {
        this(tried, false, 0, null, null, false);
    }

    /** The context of a request that goes where its key belongs, if the policy is such. */
    public PickContext(List<Backend> tried, long hashKey) {
        this(tried, false, hashKey, null, null, true);
    }

    /** The context of a request whose client is to stay with a backend. */
    public PickContext stuckTo(@Nullable Backend backend) {
        return new PickContext(tried, restingToo, hashKey, backend, path, chosen);
    }

    /** The context of a request for that path. */
    public PickContext to(String requested) {
        return new PickContext(tried, restingToo, hashKey, stuckTo, requested, chosen);
    }

    /** The same request when these have been tried, whoever may be added to them. */
    public PickContext after(List<Backend> attempts) {
        return new PickContext(attempts, restingToo, hashKey, stuckTo, path, chosen);
    }

    /** The same for when no other backend takes the request. */
    PickContext withResting() {
        return new PickContext(tried, true, hashKey, stuckTo, path, chosen);
    }

    /** Whether the backend can take this request now: not tried yet, not full, and not resting. */
    public boolean allows(Backend backend) {
        return !backend.full()
                && (tried.isEmpty() || !tried.contains(backend))
                && (restingToo || !backend.resting(path));
    }
}
