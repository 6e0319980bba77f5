package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.PickContext;
import java.time.Clock;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Draws two backends by weight and picks the one that is expected to answer sooner: the peak of its latest response times, times
 * the requests in flight and this one.
 *
 * <p>As Finagle's balancer of that name: two choices (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE
 * TPDS 12(10), 2001) by an average with a lifetime of 10 s that jumps up to a slower answer at once; a backend of which nothing is
 * known gets one request, and the next when it has answered. Other than there, weights count, failures count as slow, and
 * times of {@link Expectation the same eighth} as equal.
 */
final class PeakEwmaBalancer implements Balancer {

    private final Clock clock;
    private final LongSupplier nanoTime;
    private final Supplier<? extends RandomGenerator> random;
    private final LatencyTracks tracks;

    /**
     * @param clock by which backends that come back grow to their full weight
     * @param nanoTime the time, as {@link System#nanoTime}
     * @param random the calling thread's source of randomness
     */
    PeakEwmaBalancer(Clock clock, LongSupplier nanoTime, Supplier<? extends RandomGenerator> random) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.random = random;
        this.tracks = new LatencyTracks(true, clock, nanoTime);
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
        return new PeakEwmaPicker(eligible, growth, new Lottery(eligible, growth, random));
    }

    private final class PeakEwmaPicker implements Picker {

        private final Backend[] backends;
        private final LatencyTrack[] times;
        private final Growth growth;
        private final Lottery lottery;

        PeakEwmaPicker(List<Backend> eligible, Growth growth, Lottery lottery) {
            this.backends = eligible.toArray(Backend[]::new);
            this.times = eligible.stream().map(tracks::of).toArray(LatencyTrack[]::new);
            this.growth = growth;
            this.lottery = lottery;
        }

        @Override
        public @Nullable Backend pick(PickContext context) {
            boolean growing = growth.goesOn();
            int one = lottery.draw(context, growing, Lottery.NOBODY);
            if (one == Lottery.NOBODY) {
                return null;
            }
            int other = backends.length == 1 ? Lottery.NOBODY : lottery.draw(context, growing, one);
            if (other == Lottery.NOBODY) {
                return backends[one];
            }
            long now = nanoTime.getAsLong();
            double otherLack = growing ? 1 - (double) growth.share(other) / growth.largest() : 0;
            return expected(other, growing, otherLack, now) < expected(one, growing, 0, now)
                    ? backends[other]
                    : backends[one];
        }

        /** @param lack what a growing backend counts as busy by, in requests */
        private double expected(int index, boolean growing, double lack, long now) {
            Backend backend = backends[index];
            double weight = backend.spec().weight();
            double capacity = growing ? weight * growth.share(index) / growth.largest() : weight;
            return Expectation.of(times[index].at(now), backend.inFlight() + lack, capacity);
        }
    }
}
