package dev.goaround.balance;

import dev.goaround.pool.Balancer;
import dev.goaround.settings.SteadyClock;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The balancing algorithms by the name that {@code goaround.balance.policy} gives them. */
public final class Balancers {

    private static final Map<String, Function<Means, Balancer>> BY_NAME = new TreeMap<>(Map.of(
            "consistent-hash", means -> new ConsistentHashBalancer(means.clock, means.bound),
            "least-requests", means -> new LeastRequestsBalancer(means.clock),
            "least-time", means -> new LeastTimeBalancer(means.clock, means.nanoTime),
            "peak-ewma", means -> new PeakEwmaBalancer(means.clock, means.nanoTime, means.random),
            "random", means -> new RandomBalancer(means.clock, means.random),
            "round-robin", means -> new RoundRobinBalancer(means.clock),
            "two-choices", means -> new TwoChoicesBalancer(means.clock, means.random)));

    private Balancers() {}

    /** Returns the algorithm of that name, by a clock of its own. */
    public static Optional<Balancer> named(String policy) {
        return named(policy, SteadyClock.start());
    }

    /**
     * Returns the algorithm of that name.
     *
     * @param clock by which backends that come back grow to their full weight
     */
    public static Optional<Balancer> named(String policy, Clock clock) {
        return named(
                policy,
                new Means(clock, System::nanoTime, ThreadLocalRandom::current, ConsistentHashBalancer.DEFAULT_BOUND));
    }

    /**
     * Returns the algorithm that the settings say.
     *
     * @param clock by which backends that come back grow to their full weight
     */
    public static Balancer of(BalanceSettings settings, Clock clock) {
        Means means = new Means(clock, System::nanoTime, ThreadLocalRandom::current, settings.hashBound());
        return named(settings.policy(), means).orElseThrow();
    }

    static Optional<Balancer> named(String policy, Means means) {
        return Optional.ofNullable(BY_NAME.get(policy)).map(algorithm -> algorithm.apply(means));
    }

    /** The known names, sorted. */
    public static Set<String> names() {
        return BY_NAME.keySet();
    }

    /**
     * What algorithms are made of.
     *
     * @param clock by which backends that come back grow to their full weight
     * @param nanoTime the time, as {@link System#nanoTime}
     * @param random the calling thread's source of randomness
     * @param bound how many times the mean a backend may have in flight for keys that belong to it
     */
    record Means(Clock clock, LongSupplier nanoTime, Supplier<? extends RandomGenerator> random, double bound) {}
}
