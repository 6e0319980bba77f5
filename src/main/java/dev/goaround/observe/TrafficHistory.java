package dev.goaround.observe;

import dev.goaround.pool.Backend;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How the traffic was lately: figures of the last minute, and of every ten seconds of the last quarter of an hour, over all and by
 * backend. Something outside calls {@link #advance} every ten seconds; asking costs no request anything. Thread-safe.
 */
public final class TrafficHistory {

    /** How often {@link #advance} is to be called. */
    public static final Duration SLOT = Duration.ofSeconds(10);

    private final TrafficRecorder recorder;
    private final LongSupplier nanoTime;
    private final TrafficWindow all;

    /** Written by {@link #advance} only. */
    private final Map<Backend, TrafficWindow> windows = new ConcurrentHashMap<>();

    /** @param nanoTime the time, as {@link System#nanoTime} */
    public TrafficHistory(TrafficRecorder recorder, LongSupplier nanoTime) {
        this.recorder = recorder;
        this.nanoTime = nanoTime;
        long now = nanoTime.getAsLong();
        this.all = new TrafficWindow(recorder::readAll, now);
        join(now);
    }

    /** Ends a slot of ten seconds, takes notice of who has joined, and forgets who has left. */
    public synchronized void advance() {
        long now = nanoTime.getAsLong();
        all.advance(now);
        windows.values().forEach(window -> window.advance(now));
        join(now);
    }

    private void join(long now) {
        Map<Backend, Traffic> backends = recorder.byBackend();
        windows.keySet().retainAll(backends.keySet());
        backends.forEach((backend, traffic) ->
                windows.computeIfAbsent(backend, joined -> new TrafficWindow(traffic::read, now)));
    }

    /** The last minute, over all requests. */
    public TrafficFigures minute() {
        return all.minute(nanoTime.getAsLong());
    }

    /** The last minute of a backend; empty in the ten seconds after it has joined, or if it is not counted apart. */
    public Optional<TrafficFigures> minute(Backend backend) {
        return Optional.ofNullable(windows.get(backend)).map(window -> window.minute(nanoTime.getAsLong()));
    }

    /** Every ten seconds of the last quarter of an hour, over all requests, the latest last. */
    public List<TrafficFigures> history() {
        return all.history();
    }

    /** The same of one backend. */
    public List<TrafficFigures> history(Backend backend) {
        TrafficWindow window = windows.get(backend);
        return window == null ? List.of() : window.history();
    }
}
