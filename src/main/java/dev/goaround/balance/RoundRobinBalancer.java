package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.PickContext;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Picks backends in turn, each as often as its weight says, spread as evenly as possible (smooth weighted). */
final class RoundRobinBalancer implements Balancer {

    @Override
    public Picker over(List<Backend> eligible) {
        return new RoundRobinPicker(eligible, Rotation.of(eligible));
    }

    private record RoundRobinPicker(List<Backend> backends, Rotation rotation, AtomicInteger turn) implements Picker {

        RoundRobinPicker(List<Backend> backends, Rotation rotation) {
            this(backends, rotation, new AtomicInteger());
        }

        @Override
        public @Nullable Backend pick(PickContext context) {
            for (int i = 0; i < rotation.length(); i++) {
                Backend backend = backends.get(rotation.at(turn.getAndIncrement()));
                if (context.allows(backend)) {
                    return backend;
                }
            }
            return null;
        }
    }
}
