package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.PickContext;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Draws backends at random, each as often as its weight says.
 *
 * <p>A draw takes constant time whatever the weights are: by the alias method (Walker, "An Efficient Method for Generating
 * Discrete Random Variables with General Distributions", ACM TOMS 3(3), 1977; the table is built as by Vose, IEEE TSE 17(9),
 * 1991). Thread-safe.
 */
final class Lottery {

    static final int NOBODY = -1;

    /** Draws that may come to nothing because a backend is not allowed or grows, before all are looked at. */
    private static final int PATIENCE = 8;

    private final Backend[] backends;
    private final int[] weights;
    private final Growth growth;
    private final Supplier<? extends RandomGenerator> random;

    /** How far from 0 to 1 a slot's own backend reaches; beyond it the slot is its alias's. */
    private final double[] own;

    private final int[] alias;

    /** @param random the calling thread's source of randomness */
    Lottery(List<Backend> backends, Growth growth, Supplier<? extends RandomGenerator> random) {
        this.backends = backends.toArray(Backend[]::new);
        this.weights =
                backends.stream().mapToInt(backend -> backend.spec().weight()).toArray();
        this.growth = growth;
        this.random = random;
        this.own = new double[weights.length];
        this.alias = new int[weights.length];
        fillTable();
    }

    /** Gives every slot that is not filled by its own backend the rest of one that has more than a slot. */
    private void fillTable() {
        int count = weights.length;
        double mean = 0;
        for (int weight : weights) {
            mean += (double) weight / count;
        }
        int[] slots = new int[count];
        int poor = 0;
        int rich = count;
        for (int i = 0; i < count; i++) {
            own[i] = weights[i] / mean;
            alias[i] = i;
            slots[own[i] < 1 ? poor++ : --rich] = i;
        }
        int giver = rich;
        for (int next = 0; next < giver && giver < count; next++) {
            int from = slots[giver];
            alias[slots[next]] = from;
            own[from] -= 1 - own[slots[next]];
            if (own[from] < 1) {
                giver++; // It is poor from now on, and stands where the poor that come next do.
            }
        }
    }

    /**
     * Returns the index of a backend that the context allows, or {@link #NOBODY}. One that is still growing is drawn by its
     * share of its weight.
     *
     * @param growing whether any backend is growing
     * @param except an index that is not to be drawn, or {@link #NOBODY}
     */
    int draw(PickContext context, boolean growing, int except) {
        RandomGenerator source = random.get();
        for (int i = 0; i < PATIENCE; i++) {
            int index = draw(source);
            if (index != except
                    && context.allows(backends[index])
                    && (!growing || source.nextInt(growth.largest()) < growth.share(index))) {
                return index;
            }
        }
        return drawAmongAllowed(context, growing, except, source);
    }

    private int draw(RandomGenerator source) {
        int slot = source.nextInt(weights.length);
        return source.nextDouble() < own[slot] ? slot : alias[slot];
    }

    /** Most backends may be full, or one have most of the weight: looks at each, and draws exactly. */
    private int drawAmongAllowed(PickContext context, boolean growing, int except, RandomGenerator source) {
        long total = 0;
        for (int i = 0; i < weights.length; i++) {
            total += i != except && context.allows(backends[i]) ? weight(i, growing) : 0;
        }
        if (total == 0) {
            return NOBODY;
        }
        long rest = source.nextLong(total);
        int last = NOBODY;
        for (int i = 0; i < weights.length && rest >= 0; i++) {
            if (i != except && context.allows(backends[i])) {
                last = i;
                rest -= weight(i, growing);
            }
        }
        return last;
    }

    private long weight(int index, boolean growing) {
        return (long) weights[index] * (growing ? growth.share(index) : 1);
    }
}
