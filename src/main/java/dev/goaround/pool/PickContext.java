package dev.goaround.pool;

import java.util.List;

/**
 * What a picker may know of the request.
 *
 * @param tried backends that this request has been sent to already, which must not be picked again
 * @param restingToo whether backends that have asked to be left alone for a while may be picked
 * @param hashKey what decides where it goes if the policy sends equal requests to the same backend; any number otherwise
 */
public record PickContext(List<Backend> tried, boolean restingToo, long hashKey) {

    /** The context of a request's first attempt. */
    public static final PickContext FIRST = new PickContext(List.of());

    public PickContext(List<Backend> tried) {
        this(tried, 0);
    }

    /** The context of a request that goes where its key belongs, if the policy is such. */
    public PickContext(List<Backend> tried, long hashKey) {
        this(tried, false, hashKey);
    }

    /** The same request when these have been tried, whoever may be added to them. */
    public PickContext after(List<Backend> attempts) {
        return new PickContext(attempts, restingToo, hashKey);
    }

    /** The same for when no other backend takes the request. */
    PickContext withResting() {
        return new PickContext(tried, true, hashKey);
    }

    /** Whether the backend can take this request now: not tried yet, not full, and not resting. */
    public boolean allows(Backend backend) {
        return !backend.full() && (tried.isEmpty() || !tried.contains(backend)) && (restingToo || !backend.resting());
    }
}
