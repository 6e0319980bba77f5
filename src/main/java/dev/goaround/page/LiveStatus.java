package dev.goaround.page;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.goaround.admin.GoAroundEndpoint;
import dev.goaround.observe.TrafficHistory;
import dev.goaround.pool.BackendPool;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The content of the status page as JSON. */
final class LiveStatus {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private final BackendPool pool;
    private final TrafficHistory history;
    private final IntSupplier queued;
    private final GoAroundEndpoint endpoint;
    private final LiveFrames frames;

    /**
     * The content of the page.
     *
     * @param queued gives how many requests wait for a slot of a backend
     */
    LiveStatus(BackendPool pool, TrafficHistory history, IntSupplier queued, GoAroundEndpoint endpoint) {
        this.pool = pool;
        this.history = history;
        this.queued = queued;
        this.endpoint = endpoint;
        this.frames = new LiveFrames(this::content, Schedulers.parallel());
    }

    /** How the traffic is at this moment. */
    Overview overview() {
        return Overview.of(pool.snapshot(), history, queued.getAsInt());
    }

    /** As JSON. */
    String overviewJson() {
        return MAPPER.writeValueAsString(overview());
    }

    /** The events for one viewer, as {@link LiveFrames} has them. */
    Flux<Mono<byte[]>> updates() {
        return frames.updates();
    }

    private JsonNode content() {
        return MAPPER.valueToTree(
                new Page(endpoint.pool(), overview(), endpoint.backend("failures"), endpoint.backend("events")));
    }

    /** All of it; each part is what the endpoint of that name answers. */
    private record Page(
            Object status,
            Overview overview,
            @Nullable Object failures,
            @Nullable Object events) {}
}
