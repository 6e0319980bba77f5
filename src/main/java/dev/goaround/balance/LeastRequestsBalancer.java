package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.PickContext;
import java.time.Clock;
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
        private final int[] weights;
        private final Growth growth;
        private final Turns turns;

        LeastRequestsPicker(List<Backend> eligible, Growth growth, Turns turns) {
            this.backends = eligible.toArray(Backend[]::new);
            this.weights = eligible.stream()
                    .mapToInt(backend -> backend.spec().weight())
                    .toArray();
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
            return growing ? lightestByShare(context, next) : lightest(context, next);
        }

        /** Compares in-flight per weight by cross-multiplication, which needs no fractions. */
        private Backend lightest(PickContext context, int next) {
            Backend best = backends[next];
            long load = best.inFlight();
            long weight = weights[next];
            for (int i = after(next); i != next; i = after(i)) {
                Backend other = backends[i];
                long otherLoad = other.inFlight();
                if (otherLoad * weight < load * weights[i] && context.allows(other)) {
                    best = other;
                    load = otherLoad;
                    weight = weights[i];
                }
            }
            return best;
        }

        /**
         * The same while backends are growing, by their shares of their weights.
         *
         * <p>A growing backend that is idle counts as busy by what its share lacks: since requests in flight are whole
         * numbers, it would otherwise get every request that finds the others with one, whatever its share. Its own turns
         * it gets all the same, as they are rare already.
         */
        private Backend lightestByShare(PickContext context, int next) {
            int largest = growth.largest();
            Backend best = backends[next];
            long load = (long) best.inFlight() * largest;
            long weight = (long) weights[next] * growth.share(next);
            for (int i = after(next); i != next; i = after(i)) {
                Backend other = backends[i];
                int share = growth.share(i);
                long otherLoad = (long) other.inFlight() * largest + largest - share;
                long otherWeight = (long) weights[i] * share;
                if (otherLoad * weight < load * otherWeight && context.allows(other)) {
                    best = other;
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
