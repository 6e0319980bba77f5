package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.Loads;
import dev.goaround.pool.PickContext;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Picks the backend with the fewest requests in flight for its weight.
 *
 * <p>Ties are broken in rotation, by weight: requests that come one at a time alternate strictly between backends of
 * equal weight, and split as their weights say otherwise.
 *
 * @param clock by which backends that come back grow to their full weight
 */
record LeastRequestsBalancer(Clock clock) implements Balancer {

    @Override
    public Picker over(List<Backend> eligible) {
        Growth growth = new Growth(eligible, clock);
        return new LeastRequestsPicker(eligible, growth, new Turns(eligible, growth));
    }

    private static final class LeastRequestsPicker implements Picker {

        private final Backend[] backends;
        private final Loads loads;
        private final int[] weights;
        private final boolean equal;
        private final Growth growth;
        private final Turns turns;

        LeastRequestsPicker(List<Backend> eligible, Growth growth, Turns turns) {
            this.backends = eligible.toArray(Backend[]::new);
            this.loads = new Loads(eligible);
            this.weights = eligible.stream()
                    .mapToInt(backend -> backend.spec().weight())
                    .toArray();
            this.equal = Arrays.stream(weights).distinct().count() == 1;
            this.growth = growth;
            this.turns = turns;
        }

        @Override
        public @Nullable Backend pick(PickContext context) {
            boolean growing = growth.goesOn();
            int next = turns.next(context, growing);
            if (next == Turns.NOBODY) {
                return null;
            }
            if (growing) {
                return backends[lightestByShare(context, next)];
            }
            return backends[lightest(context, lightest(context, next, next + 1, backends.length), 0, next)];
        }

        /** The first of these that has less in flight for its weight than all before it, or the best so far. */
        private int lightest(PickContext context, int sofar, int from, int to) {
            int best = sofar;
            int load = loads.of(best);
            for (int i = lighter(from, to, load, weights[best]); i < to; i = lighter(i + 1, to, load, weights[best])) {
                if (context.allows(backends[i])) {
                    best = i;
                    load = loads.of(i);
                }
            }
            return best;
        }

        /**
         * The first of these that has less in flight for its weight, or the end. Nobody has less than one that is idle.
         * Compares by cross-multiplication, which needs no fractions. A loop of its own, that calls nothing, since it costs
         * what a pick costs.
         */
        private int lighter(int from, int to, long load, long weight) {
            if (load == 0) {
                return to;
            }
            if (equal) {
                return loads.below((int) load, from, to);
            }
            int[] all = weights;
            for (int i = from; i < to; i++) {
                if (loads.of(i) * weight < load * all[i]) {
                    return i;
                }
            }
            return to;
        }

        /**
         * The same while backends are growing, by their shares of their weights.
         *
         * <p>A growing backend that is idle counts as busy by what its share lacks: since requests in flight are whole
         * numbers, it would otherwise get every request that finds the others with one, whatever its share. Its own turns
         * it gets all the same, as they are rare already.
         */
        private int lightestByShare(PickContext context, int next) {
            int largest = growth.largest();
            int best = next;
            long load = (long) loads.of(next) * largest;
            long weight = (long) weights[next] * growth.share(next);
            for (int i = after(next); i != next; i = after(i)) {
                int share = growth.share(i);
                long otherLoad = (long) loads.of(i) * largest + largest - share;
                long otherWeight = (long) weights[i] * share;
                if (otherLoad * weight < load * otherWeight && context.allows(backends[i])) {
                    best = i;
                    load = otherLoad;
                    weight = otherWeight;
                }
            }
            return best;
        }

        private int after(int index) {
            return index + 1 == backends.length ? 0 : index + 1;
        }
    }
}
