package dev.goaround.admin;

import dev.goaround.observe.EventLog;
import dev.goaround.observe.StateEvent;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * What changes, as server-sent events while it happens. A watcher that does not read for long is let go, and told nothing more, so that
 * no more than a few hundred events wait for it; it may come back with {@code Last-Event-ID}.
 */
final class EventStream {

    /** More than what is kept of the past, of which all may be asked for at once. */
    private static final int MOST_WAITING = 2 * EventLog.CAPACITY;

    private final EventLog events;
    private final Duration heartbeat;
    private final Function<ServerHttpRequest, @Nullable InetAddress> addresses;
    private final StreamSlots slots = new StreamSlots();

    /**
     * @param heartbeat how often there is something, so that either side notices when the other has gone
     * @param addresses gives where a request comes from, or null if that can't be told
     */
    EventStream(EventLog events, Duration heartbeat, Function<ServerHttpRequest, @Nullable InetAddress> addresses) {
        this.events = events;
        this.addresses = addresses;
        this.heartbeat = heartbeat;
    }

    /** Whether the request is for a stream by name; whoever takes anything gets what there has been, and an end. */
    static boolean asksForStream(ServerRequest request) {
        return request.headers().accept().stream()
                .anyMatch(type -> type.isConcrete() && type.isCompatibleWith(MediaType.TEXT_EVENT_STREAM));
    }

    Mono<ServerResponse> handle(ServerRequest request) {
        InetAddress address = addresses.apply(request.exchange().getRequest());
        if (events.full() || slots.full(address)) {
            return ServerResponse.status(HttpStatus.SERVICE_UNAVAILABLE)
                    .contentType(MediaType.TEXT_PLAIN)
                    .bodyValue("too many watch already\n");
        }
        Long after = id(request.headers().firstHeader("Last-Event-ID"));
        return ServerResponse.ok()
                .cacheControl(CacheControl.noStore())
                .body(BodyInserters.fromServerSentEvents(limited(address, stream(after))));
    }

    /** Takes a slot while the stream is read; one that has gone meanwhile ends the stream at once. */
    private <T> Flux<T> limited(@Nullable InetAddress address, Flux<T> stream) {
        return Flux.using(() -> slots.take(address), taken -> taken ? stream : Flux.empty(), taken -> {
            if (taken) {
                slots.give(address);
            }
        });
    }

    Flux<ServerSentEvent<Map<String, Object>>> stream(@Nullable Long after) {
        Sinks.Many<ServerSentEvent<Map<String, Object>>> sink =
                Sinks.many().unicast().onBackpressureBuffer(new ArrayBlockingQueue<>(MOST_WAITING));
        EventLog.Watcher watcher = event -> {
            if (sink.tryEmitNext(view(event)).isSuccess()) {
                return true;
            }
            sink.tryEmitComplete();
            return false;
        };
        return Flux.defer(() -> {
                    sink.tryEmitNext(comment("watching"));
                    if (after != null && events.missed(after)) {
                        sink.tryEmitNext(ServerSentEvent.<Map<String, Object>>builder(Map.of("type", "missed"))
                                .event("missed")
                                .build());
                    }
                    if (!events.watch(watcher, after)) {
                        sink.tryEmitComplete();
                    }
                    Flux<ServerSentEvent<Map<String, Object>>> heartbeats =
                            Flux.interval(heartbeat).onBackpressureDrop().map(tick -> comment("still here"));
                    // What has been told ends both when it ends.
                    return Flux.merge(sink.asFlux().materialize(), heartbeats.materialize())
                            .<ServerSentEvent<Map<String, Object>>>dematerialize();
                })
                .doFinally(end -> events.leave(watcher));
    }

    private static ServerSentEvent<Map<String, Object>> comment(String text) {
        return ServerSentEvent.<Map<String, Object>>builder().comment(text).build();
    }

    private static ServerSentEvent<Map<String, Object>> view(StateEvent event) {
        Map<String, Object> data = new LinkedHashMap<>();
        EventsView.EventView view = EventsView.EventView.of(event);
        data.put("at", view.at().toString());
        data.put("type", view.type());
        data.put("backend", view.backend());
        data.put("url", view.url());
        data.put("from", view.from());
        data.put("to", view.to());
        data.put("cause", view.cause());
        data.values().removeIf(value -> value == null);
        return ServerSentEvent.builder(data)
                .id(Long.toString(view.id()))
                .event(view.type())
                .build();
    }

    /** An id that is none counts as the oldest, so that nothing is missed. */
    private static @Nullable Long id(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        return text.matches("[0-9]{1,18}") ? Long.valueOf(text) : 0L;
    }
}
