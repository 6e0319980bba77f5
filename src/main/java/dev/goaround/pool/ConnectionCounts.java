package dev.goaround.pool;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What became of the connections to one backend. Written by the upstream connections only; thread-safe. */
public final class ConnectionCounts {

    private final AtomicInteger pending = new AtomicInteger();
    private final LongAdder opened = new LongAdder();
    private final LongAdder reused = new LongAdder();
    private final LongAdder closedEarly = new LongAdder();

    /** Attempts that wait for a connection: for one to be opened, or for a place. */
    public AtomicInteger pending() {
        return pending;
    }

    /** Connections that were opened. */
    public LongAdder opened() {
        return opened;
    }

    /** Attempts that went out on a connection which had carried another. */
    public LongAdder reused() {
        return reused;
    }

    /** Idle connections that the backend closed before GoAround did. */
    public LongAdder closedEarly() {
        return closedEarly;
    }
}
