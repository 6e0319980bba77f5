package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.PickContext;
import java.util.List;
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
        return new LeastRequestsPicker(eligible, new Turns(eligible));
    }

    private record LeastRequestsPicker(List<Backend> backends, Turns turns) implements Picker {

        @Override
        public @Nullable Backend pick(PickContext context) {
            int next = turns.next(context);
            if (next == Turns.NOBODY) {
                return null;
            }
            Backend best = backends.get(next);
            for (int i = 1; i < backends.size(); i++) {
                Backend other = backends.get((next + i) % backends.size());
                if (context.allows(other) && lighter(other, best)) {
                    best = other;
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
