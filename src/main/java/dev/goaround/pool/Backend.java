package dev.goaround.pool;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One backend: its identity and its live counters, which outlive every {@link PoolSnapshot}.
 *
 * <p>Thread-safe; counters are exact for one thread and eventually consistent for a reader.
 */
public final class Backend {

    private final String id;
    /** Written by the pool only, before it publishes the snapshot that goes by it. */
    private volatile BackendSpec spec;

    private final String basePath;
    private final Clock clock;

    /** What the backend has asked to be left alone with; written by {@link #rest} only. */
    private volatile Rests rests = Rests.NONE;

    private volatile int limit;

    /** Whether the pool has forgotten it. Written by the pool only, once. */
    private volatile boolean gone;

    /** Where leases held are counted. Written by {@link #tryAcquire} and {@link Lease} only. */
    private final Counters.Place inFlight;

    /** Connections open, in use or idle. Written by the upstream connection pool only. */
    private final AtomicInteger openConnections = new AtomicInteger();

    /** Connections open and idle. Written by the upstream connection pool only. */
    private final AtomicInteger idleConnections = new AtomicInteger();

    /** Connections, or streams, that have switched to another protocol. Written by the upstream connections only. */
    private final AtomicInteger tunnels = new AtomicInteger();

    private final ConnectionCounts connectionCounts = new ConnectionCounts();

    /** Written by the pool only, before it publishes the snapshot in which the backend is back. */
    private volatile @Nullable Ramp ramp;

    private final LongAdder requests = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();
    private final LongAdder bytesReceived = new LongAdder();

    Backend(String id, BackendSpec spec, Clock clock, Counters counters) {
        this.id = id;
        this.spec = spec;
        this.clock = clock;
        this.limit = firstLimit(spec.maxConnections());
        this.basePath = spec.basePath();
        this.inFlight = counters.take(this);
    }

    /** The short name that operators use, unique in the pool: {@code localhost-9000}. */
    public String id() {
        return id;
    }

    public BackendSpec spec() {
        return spec;
    }

    /** Makes this the backend's spec, which continues the one before. */
    void spec(BackendSpec changed) {
        boolean sameLimit = changed.maxConnections().equals(spec.maxConnections());
        spec = changed;
        if (!sameLimit) {
            limit = firstLimit(changed.maxConnections());
        }
    }

    private static int firstLimit(MaxConnections connections) {
        return connections.adaptive() ? MaxConnections.ADAPTIVE_FIRST : connections.most();
    }

    /** As {@link BackendSpec#basePath()}, computed once. */
    public String basePath() {
        return basePath;
    }

    /** Attempts running now. */
    public int inFlight() {
        return inFlight.page().get(inFlight.index());
    }

    /** Where {@link #inFlight} is counted. */
    Counters.Place counter() {
        return inFlight;
    }

    /** Most attempts that may run at once. */
    public int limit() {
        return limit;
    }

    /** Lets so many attempts run at once, at most as many as there may be connections. */
    public void limit(int attempts) {
        limit = gone ? 0 : Math.min(attempts, spec.maxConnections().most());
    }

    /** Whether it has left the pool for good: whatever still goes on with it is cut off. */
    public boolean gone() {
        return gone;
    }

    void leave() {
        gone = true;
        limit = 0;
    }

    /** Whether as many attempts run as may. */
    public boolean full() {
        return inFlight() >= limit();
    }

    /** Until when the backend has asked to be left alone with any path, if it has. */
    public Optional<Instant> restsUntil() {
        long until = rests.until();
        return until != 0 && clock.millis() < until ? Optional.of(Instant.ofEpochMilli(until)) : Optional.empty();
    }

    /** Whether it has asked to be left alone with requests for that path. */
    boolean resting(@Nullable String path) {
        Rests known = rests;
        return known.until() != 0 && path != null && known.rests(path, clock.millis());
    }

    synchronized void rest(String path, Duration length) {
        long now = clock.millis();
        rests = rests.with(path, now, now + length.toMillis());
    }

    public AtomicInteger openConnections() {
        return openConnections;
    }

    public AtomicInteger idleConnections() {
        return idleConnections;
    }

    /** What became of its connections. */
    public ConnectionCounts connectionCounts() {
        return connectionCounts;
    }

    /** Connections that have switched to another protocol, such as WebSocket, and are open. */
    public AtomicInteger tunnels() {
        return tunnels;
    }

    /** The slow start that the backend was given when it came back last; null if it got its full weight at once. */
    public @Nullable Ramp ramp() {
        return ramp;
    }

    void ramp(@Nullable Ramp given) {
        ramp = given;
    }

    /** Attempts made since the backend joined the pool. */
    public long requests() {
        return requests.sum();
    }

    /** Attempts that the backend failed: no answer, a broken one, or a gateway error of its own. */
    public long failures() {
        return failures.sum();
    }

    /** Body bytes sent to the backend. */
    public LongAdder bytesSent() {
        return bytesSent;
    }

    /** Body bytes received from the backend. */
    public LongAdder bytesReceived() {
        return bytesReceived;
    }

    /** Takes one of the backend's places unless it is full. */
    boolean tryAcquire() {
        int now;
        do {
            now = inFlight();
            if (now >= limit()) {
                return false;
            }
        } while (!inFlight.page().compareAndSet(inFlight.index(), now, now + 1));
        requests.increment();
        return true;
    }

    void release(Outcome outcome) {
        inFlight.page().decrementAndGet(inFlight.index());
        if (outcome.failure()) {
            failures.increment();
        }
    }

    @Override
    public String toString() {
        return id;
    }
}
