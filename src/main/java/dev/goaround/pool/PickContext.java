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
 */
public record PickContext(
        List<Backend> tried,
        boolean restingToo,
        long hashKey,
        @Nullable Backend stuckTo) {

    /** The context of a request's first attempt. */
    public static final PickContext FIRST = new PickContext(List.of());

    public PickContext(List<Backend> tried) {
        this(tried, 0);
    }

    /** The context of a request that goes where its key belongs, if the policy is such. */
    public PickContext(List<Backend> tried, long hashKey) {
        this(tried, false, hashKey, null);
    }

    /** The context of a request whose client is to stay with a backend. */
    public PickContext stuckTo(@Nullable Backend backend) {
        return new PickContext(tried, restingToo, hashKey, backend);
    }

    /** The same request when these have been tried, whoever may be added to them. */
    public PickContext after(List<Backend> attempts) {
        return new PickContext(attempts, restingToo, hashKey, stuckTo);
    }

    /** The same for when no other backend takes the request. */
    PickContext withResting() {
        return new PickContext(tried, true, hashKey, stuckTo);
    }

    /** Whether the backend can take this request now: not tried yet, not full, and not resting. */
    public boolean allows(Backend backend) {
        return !backend.full() && (tried.isEmpty() || !tried.contains(backend)) && (restingToo || !backend.resting());
    }
}
