package dev.goaround.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.goaround.pool.Leaver;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A backend that has left the pool and finishes what it has, as the status endpoint shows it.
 *
 * @param inFlight attempts running now
 * @param since when it has got nothing new any more, or left if it goes on serving
 * @param serving whether it goes on serving until one that has come in its place is healthy; left out of the JSON unless it is so
 */
record LeaverView(
        String id,
        String url,
        int inFlight,
        Instant since,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean serving) {

    static LeaverView of(Leaver leaver) {
        return new LeaverView(
                leaver.backend().id(),
                leaver.backend().spec().uri().toString(),
                leaver.backend().inFlight(),
                leaver.since().truncatedTo(ChronoUnit.MILLIS),
                leaver.serving());
    }
}
