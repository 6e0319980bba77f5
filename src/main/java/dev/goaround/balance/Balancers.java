package dev.goaround.balance;

import dev.goaround.pool.Balancer;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** The balancing algorithms by the name that {@code goaround.balance.policy} gives them. */
public final class Balancers {

    private static final Map<String, Function<Clock, Balancer>> BY_NAME = new TreeMap<>(Map.of(
            "least-requests", LeastRequestsBalancer::new,
            "round-robin", RoundRobinBalancer::new));

    private Balancers() {}

    /** Returns the algorithm of that name, by the system's clock. */
    public static Optional<Balancer> named(String policy) {
        return named(policy, Clock.systemUTC());
    }

    /**
     * Returns the algorithm of that name.
     *
     * @param clock by which backends that come back grow to their full weight
     */
    public static Optional<Balancer> named(String policy, Clock clock) {
        return Optional.ofNullable(BY_NAME.get(policy)).map(algorithm -> algorithm.apply(clock));
    }

    /** The known names, sorted. */
    public static Set<String> names() {
        return BY_NAME.keySet();
    }
}
