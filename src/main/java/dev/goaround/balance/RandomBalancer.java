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
 * Picks a backend at random, each as often as its weight says.
 *
 * @param clock by which backends that come back grow to their full weight
 * @param random the calling thread's source of randomness
 */
record RandomBalancer(Clock clock, Supplier<? extends RandomGenerator> random) implements Balancer {

    @Override
    public Picker over(List<Backend> eligible) {
        Growth growth = new Growth(eligible, clock);
        return new RandomPicker(eligible, growth, new Lottery(eligible, growth, random));
    }

    private record RandomPicker(List<Backend> backends, Growth growth, Lottery lottery) implements Picker {

        @Override
        public @Nullable Backend pick(PickContext context) {
            int drawn = lottery.draw(context, growth.goesOn(), Lottery.NOBODY);
            return drawn == Lottery.NOBODY ? null : backends.get(drawn);
        }
    }
}
