package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.PickContext;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Picks the backend with the fewest requests in flight for its weight.
 *
 * <p>Ties are broken in rotation, by weight: requests that come one at a time alternate strictly between backends of
 * equal weight, and split as their weights say otherwise.
 */
final class LeastRequestsBalancer implements Balancer {

    @Override
    public Picker over(List<Backend> eligible) {
        return new LeastRequestsPicker(eligible, Rotation.of(eligible));
    }

    private record LeastRequestsPicker(List<Backend> backends, Rotation rotation, AtomicInteger turn)
            implements Picker {

        LeastRequestsPicker(List<Backend> backends, Rotation rotation) {
            this(backends, rotation, new AtomicInteger());
        }

        @Override
        public @Nullable Backend pick(PickContext context) {
            int start = rotation.at(turn.getAndIncrement());
            Backend best = null;
            for (int i = 0; i < backends.size(); i++) {
                Backend backend = backends.get((start + i) % backends.size());
                if (context.allows(backend) && (best == null || lighter(backend, best))) {
                    best = backend;
                }
            }
            return best;
        }

        /** Compares in-flight per weight by cross-multiplication, which needs no fractions. */
        private static boolean lighter(Backend one, Backend other) {
            return (long) one.inFlight() * other.spec().weight()
                    < (long) other.inFlight() * one.spec().weight();
        }
    }
}
