package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.PickContext;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Draws two backends by weight and picks the one with fewer requests in flight for its weight.
 *
 * <p>Nearly as even as looking at all of them, at a cost that does not grow with their number, and several load balancers
 * that know nothing of each other do not all choose the same (Mitzenmacher, "The Power of Two Choices in Randomized Load
 * Balancing", IEEE TPDS 12(10), 2001).
 *
 * @param clock by which backends that come back grow to their full weight
 * @param random the calling thread's source of randomness
 */
record TwoChoicesBalancer(Clock clock, Supplier<? extends RandomGenerator> random) implements Balancer {

    @Override
    public Picker over(List<Backend> eligible) {
        Growth growth = new Growth(eligible, clock);
        return new TwoChoicesPicker(eligible, growth, new Lottery(eligible, growth, random));
    }

    private record TwoChoicesPicker(List<Backend> backends, Growth growth, Lottery lottery) implements Picker {

        @Override
        public @Nullable Backend pick(PickContext context) {
            boolean growing = growth.goesOn();
            int one = lottery.draw(context, growing, Lottery.NOBODY);
            if (one == Lottery.NOBODY) {
                return null;
            }
            int other = backends.size() == 1 ? Lottery.NOBODY : lottery.draw(context, growing, one);
            return backends.get(other != Lottery.NOBODY && lighter(other, one, growing) ? other : one);
        }

        /**
         * Whether the other has less in flight for its weight; ties are the first one's, so that idle backends get what their
         * weights say. One that is growing counts as busy by what its share lacks, as with least requests.
         */
        private boolean lighter(int other, int one, boolean growing) {
            Backend backend = backends.get(one);
            Backend otherBackend = backends.get(other);
            long weight = backend.spec().weight();
            long otherWeight = otherBackend.spec().weight();
            if (!growing) {
                return otherBackend.inFlight() * weight < backend.inFlight() * otherWeight;
            }
            int largest = growth.largest();
            int otherShare = growth.share(other);
            long load = (long) backend.inFlight() * largest;
            long otherLoad = (long) otherBackend.inFlight() * largest + largest - otherShare;
            return otherLoad * weight * growth.share(one) < load * otherWeight * otherShare;
        }
    }
}
