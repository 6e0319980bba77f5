package dev.goaround.metrics;

import dev.goaround.observe.Latencies;
import dev.goaround.observe.LatencyHistogram;
import io.netty.util.concurrent.EventExecutor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** How late event loops come to what they are to do: long delays mean that they are overloaded, or that something blocks one. */
public final class EventLoopDelays {

    private final Supplier<? extends Iterable<EventExecutor>> loops;
    private final LongSupplier nanoTime;
    private final LatencyHistogram delays = new LatencyHistogram();

    /**
     * @param loops gives the loops to watch
     * @param nanoTime the time, as {@link System#nanoTime}
     */
    public EventLoopDelays(Supplier<? extends Iterable<EventExecutor>> loops, LongSupplier nanoTime) {
        this.loops = loops;
        this.nanoTime = nanoTime;
    }

    /** Asks every loop once. To be called every second or so. */
    public void measure() {
        for (EventExecutor loop : loops.get()) {
            if (!loop.isShuttingDown()) {
                long asked = nanoTime.getAsLong();
                loop.execute(() -> delays.add(nanoTime.getAsLong() - asked));
            }
        }
    }

    Latencies read() {
        return delays.read();
    }
}
