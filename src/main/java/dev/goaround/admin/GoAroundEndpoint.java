package dev.goaround.admin;

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
 * The state of the pool at {@code /actuator/goaround}, and of one backend at {@code /actuator/goaround/{id}}.
 *
 * <p>Every answer is made from one {@link PoolSnapshot}, so that states and totals agree; counters are read while
 * traffic goes on. Times are UTC, to the millisecond.
 */
@Endpoint(id = "goaround")
final class GoAroundEndpoint {

    private final BackendPool pool;
    private final StatusSources sources;
    private final Clock clock;
    private final Instant startedAt;

    /** The moment of this call counts as the start of GoAround. */
    GoAroundEndpoint(BackendPool pool, StatusSources sources, Clock clock) {
        this.pool = pool;
        this.sources = sources;
        this.clock = clock;
        this.startedAt = clock.instant();
    }

    @ReadOperation
    PoolView pool() {
        PoolSnapshot now = pool.snapshot();
        List<BackendView> backends = now.members().stream().map(this::view).toList();
        int healthy = (int) now.members().stream().filter(Member::healthy).count();
        return new PoolView(
                sources.version(),
                startedAt.truncatedTo(ChronoUnit.MILLIS),
                Duration.between(startedAt, clock.instant()).toMillis(),
                sources.policy().get(),
                TotalsView.of(backends, healthy),
                backends,
                sources.certificates().get());
    }

    /** Returns {@code null}, which Actuator answers with 404, if the pool has no backend of that id. */
    @ReadOperation
    @Nullable
    BackendView backend(@Selector String id) {
        return pool.snapshot().member(id).map(this::view).orElse(null);
    }

    private BackendView view(Member member) {
        return BackendView.of(member, sources.lastProbe().apply(member.backend()));
    }
}
