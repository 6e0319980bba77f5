package dev.goaround.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.goaround.membership.SourceStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A source of backends as the status endpoint shows it. The names of the components are a contract with whoever reads the
 * JSON.
 *
 * @param at when it last changed what it lists
 * @param backends how many it lists
 * @param mistake why it goes on with what it listed before; left out unless it does
 */
record SourceView(
        String name,
        Instant at,
        int backends,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String mistake) {

    static SourceView of(SourceStatus status) {
        return new SourceView(
                status.name(), status.at().truncatedTo(ChronoUnit.MILLIS), status.backends(), status.mistake());
    }
}
