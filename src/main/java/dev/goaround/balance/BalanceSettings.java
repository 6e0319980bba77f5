package dev.goaround.balance;

import dev.goaround.settings.Requirements;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How backends are chosen ({@code goaround.balance.*}).
 *
 * @param policy Name of the balancing algorithm: least-requests or round-robin.
 */
public record BalanceSettings(
        @DefaultValue("least-requests") String policy) {

    public BalanceSettings {
        new Requirements("goaround.balance")
                .that(
                        Balancers.names().contains(policy),
                        "policy",
                        policy,
                        "expected " + String.join(" or ", Balancers.names()))
                .enforce();
    }
}
