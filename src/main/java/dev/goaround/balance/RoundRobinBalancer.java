package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.PickContext;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Picks backends in turn, each as often as its weight says, spread as evenly as possible (smooth weighted).
 *
 * @param clock by which backends that come back grow to their full weight
 */
record RoundRobinBalancer(Clock clock) implements Balancer {

    @Override
    public Picker over(List<Backend> eligible) {
        Growth growth = new Growth(eligible, clock);
        return new RoundRobinPicker(eligible, growth, new Turns(eligible, growth));
    }

    private record RoundRobinPicker(List<Backend> backends, Growth growth, Turns turns) implements Picker {

        @Override
        public @Nullable Backend pick(PickContext context) {
            int next = turns.next(context, growth.goesOn());
            return next == Turns.NOBODY ? null : backends.get(next);
        }
    }
}
