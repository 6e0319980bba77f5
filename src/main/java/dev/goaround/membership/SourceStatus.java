package dev.goaround.membership;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a source of backends is at.
 *
 * @param name its name: {@code configuration}, {@code file}
 * @param at when it last changed what it lists
 * @param backends how many it lists
 * @param mistake why it goes on with what it listed before; null if it has nothing to complain of
 */
public record SourceStatus(
        String name, Instant at, int backends, @Nullable String mistake) {

    SourceStatus listing(int count, Instant since) {
        return new SourceStatus(name, since, count, null);
    }

    SourceStatus complaining(@Nullable String of) {
        return new SourceStatus(name, at, backends, of);
    }
}
