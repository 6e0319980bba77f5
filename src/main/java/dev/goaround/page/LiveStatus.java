package dev.goaround.page;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.goaround.admin.GoAroundEndpoint;
import dev.goaround.observe.TrafficHistory;
import dev.goaround.pool.BackendPool;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the status page shows, as JSON: made once a second for all who look at it together, and not at all while nobody does. Whoever is
 * slow misses some.
 */
final class LiveStatus {

    /** More windows than these are hardly somebody's who looks. */
    static final int MOST_VIEWERS = 64;

    private static final Duration PACE = Duration.ofSeconds(1);

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private final BackendPool pool;
    private final TrafficHistory history;
    private final IntSupplier queued;
    private final GoAroundEndpoint endpoint;
    private final Flux<String> shared;
    private final AtomicInteger viewers = new AtomicInteger();

    /**
     * What the page shows.
     *
     * @param queued gives how many requests wait for a backend's place
     */
    LiveStatus(BackendPool pool, TrafficHistory history, IntSupplier queued, GoAroundEndpoint endpoint) {
        this.pool = pool;
        this.history = history;
        this.queued = queued;
        this.endpoint = endpoint;
        this.shared = Flux.interval(Duration.ZERO, PACE, Schedulers.parallel())
                .onBackpressureDrop()
                .map(tick -> json())
                .replay(1)
                .refCount();
    }

    /** How the traffic is at this moment. */
    Overview overview() {
        return Overview.of(pool.snapshot(), history, queued.getAsInt());
    }

    /** As JSON. */
    String overviewJson() {
        return MAPPER.writeValueAsString(overview());
    }

    /** What the page shows, at once and then every second; null if too many look already. */
    @Nullable
    Flux<String> updates() {
        if (viewers.incrementAndGet() > MOST_VIEWERS) {
            viewers.decrementAndGet();
            return null;
        }
        return shared.onBackpressureLatest().doFinally(end -> viewers.decrementAndGet());
    }

    private String json() {
        return MAPPER.writeValueAsString(
                new Page(endpoint.pool(), overview(), endpoint.backend("failures"), endpoint.backend("events")));
    }

    /** All of it; each part is what the endpoint of that name answers. */
    private record Page(
            Object status,
            Overview overview,
            @Nullable Object failures,
            @Nullable Object events) {}
}
