package dev.goaround.observe;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that has changed about a backend.
 *
 * @param id greater than that of every event before, also of those before a restart
 * @param type what has changed
 * @param backend its id
 * @param from what it was; null for one that joined
 * @param to what it is; null for one that left
 * @param cause why, where that is known
 */
public record StateEvent(
        long id,
        Instant at,
        Type type,
        String backend,
        String url,
        @Nullable String from,
        @Nullable String to,
        @Nullable String cause) {

    /** What may change. */
    public enum Type {
        /** A backend joined the pool; what it is, is its health. */
        JOINED,
        /** A backend left the pool; what it was, is its health. */
        LEFT,
        /** Its health changed. */
        HEALTH,
        /** What operators say of it changed. */
        STATE,
        /** Its weight changed. */
        WEIGHT,
        /** Its limit on connections changed. */
        LIMIT
    }
}
