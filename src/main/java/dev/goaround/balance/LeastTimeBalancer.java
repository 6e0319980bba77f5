package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.PickContext;
import java.time.Clock;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Picks the backend that is expected to answer soonest: its average response time, times the requests in flight for its weight and
 * this one.
 *
 * <p>Looks at all backends. Ties are broken in rotation, by weight, and times of {@link Expectation the same eighth} are ties.
 */
final class LeastTimeBalancer implements Balancer {

    /** How long what averages say is used before they are asked again: 2^23 ns, about 8 ms. */
    private static final int TICK_BITS = 23;

    private final Clock clock;
    private final LongSupplier nanoTime;
    private final LatencyTracks tracks;

    /**
     * @param clock by which backends that come back grow to their full weight
     * @param nanoTime the time, as {@link System#nanoTime}
     */
    LeastTimeBalancer(Clock clock, LongSupplier nanoTime) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.tracks = new LatencyTracks(false, clock, nanoTime);
    }

    @Override
    public void joined(BackendPool pool) {
        tracks.follow(pool);
    }

    @Override
    public Picker over(List<Backend> eligible) {
        Growth growth = new Growth(eligible, clock);
        return new LeastTimePicker(eligible, growth, new Turns(eligible, growth));
    }

    /** Threads may see each other's times of another tick, each of which is one that the backend had. */
    private final class LeastTimePicker implements Picker {

        private final Backend[] backends;
        private final LatencyTrack[] averages;
        private final Growth growth;
        private final Turns turns;

        /** What each backend takes when idle, and what each request in flight adds; in nanoseconds. */
        private final double[] idle;

        private final double[] each;

        private long tick;

        LeastTimePicker(List<Backend> eligible, Growth growth, Turns turns) {
            this.backends = eligible.toArray(Backend[]::new);
            this.averages = eligible.stream().map(tracks::of).toArray(LatencyTrack[]::new);
            this.growth = growth;
            this.turns = turns;
            this.idle = new double[backends.length];
            this.each = new double[backends.length];
            long now = nanoTime.getAsLong();
            this.tick = now >> TICK_BITS;
            lookAtAverages(now);
        }

        @Override
        public @Nullable Backend pick(PickContext context) {
            boolean growing = growth.goesOn();
            int next = turns.next(context, growing);
            if (next == Turns.NOBODY) {
                return null;
            }
            long now = nanoTime.getAsLong();
            if (now >> TICK_BITS != tick) {
                tick = now >> TICK_BITS;
                lookAtAverages(now);
            }
            return soonest(context, next, growing);
        }

        private Backend soonest(PickContext context, int next, boolean growing) {
            Backend best = backends[next];
            double least = idle[next] + each[next] * best.inFlight() / share(next, growing);
            for (int i = after(next); i != next; i = after(i)) {
                Backend other = backends[i];
                double share = share(i, growing);
                // A growing backend counts as busy by what its share lacks, as with least requests.
                double expected = idle[i] + each[i] * (other.inFlight() + 1 - share) / share;
                if (expected < least && context.allows(other)) {
                    best = other;
                    least = expected;
                }
            }
            return best;
        }

        private double share(int index, boolean growing) {
            return growing ? (double) growth.share(index) / growth.largest() : 1;
        }

        private void lookAtAverages(long now) {
            for (int i = 0; i < backends.length; i++) {
                double time = averages[i].at(now);
                double weight = backends[i].spec().weight();
                idle[i] = Expectation.of(time, 0, weight);
                each[i] = (time == 0 ? Expectation.UNKNOWN : idle[i]) / weight;
            }
        }

        private int after(int index) {
            return index + 1 == backends.length ? 0 : index + 1;
        }
    }
}
