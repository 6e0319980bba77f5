package dev.goaround.page;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import tools.jackson.databind.JsonNode;

/**
 * The frames of the status page: made once a second for all viewers together, and not at all while there are none. A viewer
 * gets all of it first, and then what has changed; a viewer that is slow skips frames, and gets all of it again.
 */
final class LiveFrames {

    private static final Duration PACE = Duration.ofSeconds(1);

    private final Flux<LiveFrame> shared;

    /**
     * Frames of a content.
     *
     * @param content gives what there is to show at this moment
     * @param scheduler keeps the pace
     */
    LiveFrames(Supplier<JsonNode> content, Scheduler scheduler) {
        this.shared = Flux.interval(Duration.ZERO, PACE, scheduler)
                .onBackpressureDrop()
                .map(tick -> content.get())
                .scan(Optional.<LiveFrame>empty(), LiveFrames::following)
                .<LiveFrame>handle((frame, sink) -> frame.ifPresent(sink::next))
                .replay(1)
                .refCount();
    }

    private static Optional<LiveFrame> following(Optional<LiveFrame> before, JsonNode now) {
        return Optional.of(before.map(frame -> frame.next(now)).orElseGet(() -> LiveFrame.first(now)));
    }

    /**
     * The events for one viewer, at once and then every second. Each is chosen when its turn to be written comes, so that nothing but
     * the latest frame waits for a viewer that does not read.
     */
    Flux<Mono<byte[]>> updates() {
        return Flux.defer(() -> {
            Viewer viewer = new Viewer();
            return shared.doOnNext(viewer::offer).onBackpressureDrop().map(frame -> viewer.next());
        });
    }

    /** What one viewer has been sent, and what it could be sent. */
    private static final class Viewer {

        private final AtomicReference<LiveFrame> latest = new AtomicReference<>();

        /** Written by one event at a time. */
        private volatile long sent;

        void offer(LiveFrame frame) {
            latest.set(frame);
        }

        Mono<byte[]> next() {
            return Mono.defer(() -> {
                LiveFrame frame = latest.get();
                if (frame == null || frame.number() == sent) {
                    return Mono.empty();
                }
                byte[] event = frame.since(sent);
                sent = frame.number();
                return Mono.just(event);
            });
        }
    }
}
