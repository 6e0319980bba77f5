package dev.goaround.balance;

import dev.goaround.pool.Balancer;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The balancing algorithms by the name that {@code goaround.balance.policy} gives them. */
public final class Balancers {

    private static final Map<String, Balancer> BY_NAME = new TreeMap<>(Map.of(
            "least-requests", new LeastRequestsBalancer(),
            "round-robin", new RoundRobinBalancer()));

    private Balancers() {}

    /** Returns the algorithm of that name. */
    public static Optional<Balancer> named(String policy) {
        return Optional.ofNullable(BY_NAME.get(policy));
    }

    /** The known names, sorted. */
    public static Set<String> names() {
        return BY_NAME.keySet();
    }
}
