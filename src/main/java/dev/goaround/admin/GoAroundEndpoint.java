package dev.goaround.admin;

import dev.goaround.observe.EventLog;
import dev.goaround.observe.FailureLog;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Member;
import dev.goaround.pool.PoolSnapshot;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * The state of the pool at {@code /actuator/goaround}, of one backend at {@code /actuator/goaround/{id}}, and the latest requests that
 * failed at {@code /actuator/goaround/failures}.
 *
 * <p>Every answer is made from one {@link PoolSnapshot}, so that states and totals agree; counters are read while
 * traffic goes on. Times are UTC, to the millisecond.
 */
@Endpoint(id = "goaround")
public final class GoAroundEndpoint {

    private static final String FAILURES = "failures";
    private static final String EVENTS = "events";

    private final BackendPool pool;
    private final FailureLog failures;
    private final EventLog events;
    private final StatusSources sources;
    private final StateFile stateFile;
    private final Clock clock;
    private final Instant startedAt;

    /** The moment of this call counts as the start of GoAround. */
    GoAroundEndpoint(
            BackendPool pool,
            FailureLog failures,
            EventLog events,
            StatusSources sources,
            StateFile stateFile,
            Clock clock) {
        this.pool = pool;
        this.failures = failures;
        this.events = events;
        this.sources = sources;
        this.stateFile = stateFile;
        this.clock = clock;
        this.startedAt = clock.instant();
    }

    @ReadOperation
    public PoolView pool() {
        PoolSnapshot now = pool.snapshot();
        List<BackendView> backends = now.members().stream().map(this::view).toList();
        return new PoolView(
                sources.version(),
                startedAt.truncatedTo(ChronoUnit.MILLIS),
                Duration.between(startedAt, clock.instant()).toMillis(),
                sources.policy().get(),
                now.panic(),
                TotalsView.of(backends),
                backends,
                now.leaving().stream().map(LeaverView::of).toList(),
                sources.backendSources().get().stream().map(SourceView::of).toList(),
                stateFile.view(),
                sources.configuration().get(),
                sources.certificates().get());
    }

    /**
     * Returns a backend, or the latest requests that failed if asked for {@code failures}, or the latest changes if asked for {@code events};
     * neither is a backend's id, since all of those end in a port. Returns {@code null}, which Actuator answers with 404, if the pool has no backend of that id.
     */
    @ReadOperation
    @Nullable
    public Object backend(@Selector String id) {
        return switch (id) {
            case FAILURES -> FailuresView.of(failures.latest());
            case EVENTS -> EventsView.of(events.latest());
            default -> member(id);
        };
    }

    private @Nullable BackendView member(String id) {
        return pool.snapshot().member(id).map(this::view).orElse(null);
    }

    private BackendView view(Member member) {
        return BackendView.of(member, sources, clock.instant());
    }
}
