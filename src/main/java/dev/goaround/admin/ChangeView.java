package dev.goaround.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.goaround.membership.Change;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of the pool, as it is shown to operators. The names of the components are a contract with whoever reads the JSON.
 *
 * @param number by which it can be undone; left out if nothing was changed
 * @param source who lists something else now
 * @param by how an operator was recognized: {@code loopback} or {@code token}
 * @param dryRun whether this is only what would change
 * @param changes what has changed, in a few words each
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ChangeView(
        @Nullable Long number,
        @Nullable Instant at,
        @Nullable String source,
        @Nullable String by,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean dryRun,
        List<String> changes) {

    /** Nothing has changed. */
    static final ChangeView NONE = new ChangeView(null, null, null, null, false, List.of());

    ChangeView {
        changes = List.copyOf(changes);
    }

    static ChangeView of(Change change) {
        return new ChangeView(
                change.number(),
                change.at().truncatedTo(ChronoUnit.MILLIS),
                change.source(),
                change.by(),
                false,
                change.lines());
    }

    /** What would change. */
    static ChangeView preview(List<String> lines) {
        return new ChangeView(null, null, null, null, true, lines);
    }

    /** The latest changes, the latest first. */
    record History(List<ChangeView> changes) {

        History {
            changes = List.copyOf(changes);
        }
    }
}
