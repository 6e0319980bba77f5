package dev.goaround.balance;

import dev.goaround.pool.Eligibility;
import dev.goaround.settings.Requirements;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How backends are chosen ({@code goaround.balance.*}).
 *
 * @param policy Name of the balancing algorithm: least-requests or round-robin.
 * @param panicThreshold Least share of healthy backends in percent; below it all are used, degraded ones too. 0 means never.
 */
public record BalanceSettings(
        @DefaultValue("least-requests") String policy,
        @DefaultValue("0") int panicThreshold) {

    public BalanceSettings {
        new Requirements("goaround.balance")
                .that(
                        Balancers.names().contains(policy),
                        "policy",
                        policy,
                        "expected " + String.join(" or ", Balancers.names()))
                .range("panic-threshold", panicThreshold, 0, 100)
                .enforce();
    }

    /** Who gets traffic, as the pool takes it. */
    public Eligibility eligibility() {
        return new Eligibility(panicThreshold);
    }
}
