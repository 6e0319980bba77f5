package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.Loads;
import dev.goaround.pool.PickContext;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Picks the backend that the request's key belongs to, or the next one on the {@link Ring} if that one is too busy.
 *
 * <p>Too busy is who has more in flight than a factor times the mean, by weight (Mirrokni, Thorup and Zadimoghaddam, "Consistent
 * Hashing with Bounded Loads", SODA 2018). Requests that are picked for at the same moment may see the same room and exceed that by
 * as many. If all that may be picked are too busy, one of them is picked all the same.
 *
 * @param clock by which backends that come back grow to their full weight
 * @param bound the factor, above 1
 */
record ConsistentHashBalancer(Clock clock, double bound) implements Balancer {

    /** The factor unless another is set: a quarter more than the mean. */
    static final double DEFAULT_BOUND = 1.25;

    @Override
    public Picker over(List<Backend> eligible) {
        return new ConsistentHashPicker(eligible, new Growth(eligible, clock), new Ring(eligible), bound);
    }

    private static final class ConsistentHashPicker implements Picker {

        /** Points to walk beyond two for each backend, before all backends are looked at in turn. */
        private static final int PATIENCE = 32;

        private final Backend[] backends;
        private final Loads loads;
        private final Growth growth;
        private final Ring ring;
        private final double bound;
        private final int steps;
        private final double weights;

        ConsistentHashPicker(List<Backend> eligible, Growth growth, Ring ring, double bound) {
            this.backends = eligible.toArray(Backend[]::new);
            this.loads = new Loads(eligible);
            this.growth = growth;
            this.ring = ring;
            this.bound = bound;
            this.steps = Math.min(ring.length(), 2 * backends.length + PATIENCE);
            this.weights = eligible.stream()
                    .mapToDouble(backend -> backend.spec().weight())
                    .sum();
        }

        @Override
        public @Nullable Backend pick(PickContext context) {
            long key = HashKey.mixed(context.hashKey());
            boolean growing = growth.goesOn();
            long inFlight = -1;
            int owner = Lottery.NOBODY;
            for (int step = 0, point = ring.pointOf(key); step < steps; step++, point = ring.after(point)) {
                int index = ring.owner(point);
                Backend backend = backends[index];
                if (index == owner || !context.allows(backend) || (growing && !keeps(key, index))) {
                    continue;
                }
                owner = index;
                if (inFlight < 0 && backend.inFlight() > 0) {
                    inFlight = loads.sum();
                }
                if (hasRoom(backend, inFlight)) {
                    return backend;
                }
            }
            return anyAllowed(context, key);
        }

        /** A growing backend keeps the keys that a number of their own puts below its share: more and more, and none comes and goes. */
        private boolean keeps(long key, int index) {
            return Integer.toUnsignedLong((int) HashKey.mixed(key)) * growth.largest()
                    < (long) growth.share(index) << Integer.SIZE;
        }

        /** Whether it has less in flight than the bound allows once this request is added. One that is idle always has. */
        private boolean hasRoom(Backend backend, long inFlight) {
            long own = backend.inFlight();
            return own == 0
                    || own * weights < bound * (inFlight + 1) * backend.spec().weight();
        }

        /** The first one with room, beginning where the key says, or else the first one at all. */
        private @Nullable Backend anyAllowed(PickContext context, long key) {
            long inFlight = loads.sum();
            Backend busy = null;
            int start = (int) Long.remainderUnsigned(key, backends.length);
            for (int i = 0; i < backends.length; i++) {
                Backend backend = backends[(start + i) % backends.length];
                if (context.allows(backend)) {
                    if (hasRoom(backend, inFlight)) {
                        return backend;
                    }
                    busy = busy == null ? backend : busy;
                }
            }
            return busy;
        }
    }
}
