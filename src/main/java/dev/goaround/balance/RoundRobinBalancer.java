package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.PickContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Picks backends in turn, each as often as its weight says, spread as evenly as possible (smooth weighted). */
final class RoundRobinBalancer implements Balancer {

    @Override
    public Picker over(List<Backend> eligible) {
        return new RoundRobinPicker(eligible, new Turns(eligible));
    }

    private record RoundRobinPicker(List<Backend> backends, Turns turns) implements Picker {

        @Override
        public @Nullable Backend pick(PickContext context) {
            int next = turns.next(context);
            return next == Turns.NOBODY ? null : backends.get(next);
        }
    }
}
