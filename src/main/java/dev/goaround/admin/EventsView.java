package dev.goaround.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.goaround.observe.StateEvent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The latest changes of backends, the oldest first. The names of the components are a contract with whoever reads the JSON, also as
 * server-sent events.
 */
record EventsView(List<EventView> events) implements OperationResponseBody {

    EventsView {
        events = List.copyOf(events);
    }

    static EventsView of(List<StateEvent> latest) {
        return new EventsView(latest.stream().map(EventView::of).toList());
    }

    /**
     * One of them.
     *
     * @param type {@code joined}, {@code left}, {@code health}, {@code state}, {@code weight} or {@code limit}
     * @param backend its id
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record EventView(
            long id,
            Instant at,
            String type,
            String backend,
            String url,
            @Nullable String from,
            @Nullable String to,
            @Nullable String cause) {

        static EventView of(StateEvent event) {
            return new EventView(
                    event.id(),
                    event.at().truncatedTo(ChronoUnit.MILLIS),
                    event.type().name().toLowerCase(Locale.ROOT),
                    event.backend(),
                    event.url(),
                    event.from(),
                    event.to(),
                    event.cause());
        }
    }
}
