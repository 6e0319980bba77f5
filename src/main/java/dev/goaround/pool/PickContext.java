package dev.goaround.pool;

import java.util.List;

/**
 * What a picker may know of the request.
 *
 * @param tried backends that this request has been sent to already, which must not be picked again
 */
public record PickContext(List<Backend> tried) {

    /** The context of a request's first attempt. */
    public static final PickContext FIRST = new PickContext(List.of());

    /** Whether the backend can take this request now: not tried yet, and not full. */
    public boolean allows(Backend backend) {
        return !backend.full() && (tried.isEmpty() || !tried.contains(backend));
    }
}
