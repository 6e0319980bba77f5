package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.Loads;
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
    public void left(BackendPool pool) {
        tracks.unfollow(pool);
    }

    @Override
    public Picker over(List<Backend> eligible) {
        Growth growth = new Growth(eligible, clock);
        return new LeastTimePicker(eligible, growth, new Turns(eligible, growth));
    }

    /** Threads may see each other's times of another tick, each of which is one that the backend had. */
    private final class LeastTimePicker implements Picker {

        private final Backend[] backends;
        private final Loads loads;
        private final LatencyTrack[] averages;
        private final Growth growth;
        private final Turns turns;

        /** What each backend takes when idle, and what each request in flight adds; in nanoseconds. */
        private final double[] idle;

        private final double[] each;

        /** The least of what they take when idle: nobody is sooner. */
        private double least;

        /** The least that one in flight adds. */
        private double leastEach;

        private long tick;

        LeastTimePicker(List<Backend> eligible, Growth growth, Turns turns) {
            this.backends = eligible.toArray(Backend[]::new);
            this.loads = new Loads(eligible);
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
            if (growing) {
                return backends[soonestByShare(context, next)];
            }
            return backends[soonest(context, soonest(context, next, next + 1, backends.length), 0, next)];
        }

        /** The first of these that is expected sooner than all before it, or the best so far. */
        private int soonest(PickContext context, int sofar, int from, int to) {
            int best = sofar;
            double time = idle[best] + each[best] * loads.of(best);
            for (int i = sooner(from, to, time); i < to; i = sooner(i + 1, to, time)) {
                if (context.allows(backends[i])) {
                    best = i;
                    time = idle[i] + each[i] * loads.of(i);
                }
            }
            return best;
        }

        /** The first of these that is expected sooner, or the end: nobody is sooner than the quickest when idle. */
        private int sooner(int from, int to, double time) {
            if (time <= least) {
                return to;
            }
            int below = (int) Math.ceil((time - least) / leastEach);
            return loads.sooner(time, idle, each, below, from, to);
        }

        /** The same while backends are growing. Who does counts as busy by what its share lacks, as with least requests. */
        private int soonestByShare(PickContext context, int next) {
            int best = next;
            double largest = growth.largest();
            double soonest = idle[next] + each[next] * loads.of(next) * largest / growth.share(next);
            for (int i = after(next); i != next; i = after(i)) {
                double share = growth.share(i) / largest;
                double expected = idle[i] + each[i] * (loads.of(i) + 1 - share) / share;
                if (expected < soonest && context.allows(backends[i])) {
                    best = i;
                    soonest = expected;
                }
            }
            return best;
        }

        private void lookAtAverages(long now) {
            double lowest = Double.MAX_VALUE;
            double lowestEach = Double.MAX_VALUE;
            for (int i = 0; i < backends.length; i++) {
                double time = averages[i].at(now);
                double weight = backends[i].spec().weight();
                idle[i] = Expectation.of(time, 0, weight);
                each[i] = (time == 0 ? Expectation.UNKNOWN : idle[i]) / weight;
                lowest = Math.min(lowest, idle[i]);
                lowestEach = Math.min(lowestEach, each[i]);
            }
            least = lowest;
            leastEach = lowestEach;
        }

        private int after(int index) {
            return index + 1 == backends.length ? 0 : index + 1;
        }
    }
}
