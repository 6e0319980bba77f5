package dev.goaround.balance;

import dev.goaround.pool.Backend;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The order in which backends take turns, as indices: each appears as often as its weight says, as far apart as possible.
 *
 * <p>Built by smooth weighted round robin (published with nginx 1.3.1): in every step each backend gains its weight, the
 * richest is chosen and pays the sum of all weights.
 */
final class Rotation {

    /** Longest order kept. Beyond it weights are scaled down together, never below 1. */
    static final int MAX_LENGTH = 16_384;

    private final int[] order;

    private Rotation(int[] order) {
        this.order = order;
    }

    static Rotation of(List<Backend> backends) {
        int[] weights = reduced(
                backends.stream().mapToInt(backend -> backend.spec().weight()).toArray());
        int total = Arrays.stream(weights).sum();
        if (total == weights.length) {
            return new Rotation(IntStream.range(0, total).toArray()); // The same without looking at all for each turn.
        }
        int[] order = new int[total];
        int[] credit = new int[weights.length];
        for (int turn = 0; turn < total; turn++) {
            int richest = 0;
            for (int i = 0; i < weights.length; i++) {
                credit[i] += weights[i];
                if (credit[i] > credit[richest]) {
                    richest = i;
                }
            }
            credit[richest] -= total;
            order[turn] = richest;
        }
        return new Rotation(order);
    }

    /** The index whose turn it is; any number is a turn, also one that overflowed. */
    int at(int turn) {
        return order[Integer.remainderUnsigned(turn, order.length)];
    }

    /** Turns after which the order begins again. */
    int length() {
        return order.length;
    }

    private static int[] reduced(int[] weights) {
        int divisor = Arrays.stream(weights).reduce(0, Rotation::greatestCommonDivisor);
        long total = Arrays.stream(weights).asLongStream().sum() / divisor;
        if (total <= MAX_LENGTH) {
            return Arrays.stream(weights).map(weight -> weight / divisor).toArray();
        }
        double scale = (double) MAX_LENGTH / total / divisor;
        return Arrays.stream(weights)
                .map(weight -> Math.max(1, (int) (weight * scale)))
                .toArray();
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }
}
