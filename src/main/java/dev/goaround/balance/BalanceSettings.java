package dev.goaround.balance;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How backends are chosen ({@code goaround.balance.*}).
 *
 * @param policy name of the balancing algorithm, one of {@link Balancers#names()}
 */
public record BalanceSettings(
        @DefaultValue("least-requests") String policy) {}
