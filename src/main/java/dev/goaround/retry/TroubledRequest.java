package dev.goaround.retry;

import java.time.Instant;
import java.util.List;

/**
 * A request that failed, or that took more than one attempt.
 *
 * @param at when it was over
 * @param id its identifier, by which logs speak of it
 * @param path the target without its query, cut at 256 characters
 * @param status the status that the client got, or 0 if it went away before there was one
 * @param outcome what became of it, in a few words
 * @param queuedMillis time spent waiting for a free backend
 * @param attempts every attempt in order, the first 32 of them
 * @param passedOver where no backend could take it: why each did not
 */
public record TroubledRequest(
        Instant at,
        String id,
        String method,
        String path,
        int status,
        String outcome,
        long queuedMillis,
        List<Attempt> attempts,
        List<PassedOver> passedOver) {

    public TroubledRequest {
        attempts = List.copyOf(attempts);
        passedOver = List.copyOf(passedOver);
    }
}
