package dev.goaround.balance;

import dev.goaround.pool.Eligibility;
import dev.goaround.settings.Requirements;
import dev.goaround.settings.ZoneName;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How backends are chosen ({@code goaround.balance.*}).
 *
 * @param policy Name of the balancing algorithm: consistent-hash, least-requests, least-time, peak-ewma, random, round-robin or two-choices.
 * @param panicThreshold Least share of healthy backends in percent; below it all are used, degraded ones too. 0 means never.
 * @param slowStart Time in which a backend that comes back grows linearly to its full weight; 0 means none. Unset means 10s for a backend that was away for more than a minute.
 * @param hashKey What decides where a request goes with consistent-hash: client-address, header:name, cookie:name, path or path-query.
 * @param hashBound Most requests in flight on a backend with consistent-hash, as a multiple of the mean for its weight; from there on the next backend gets them.
 * @param zone Where this GoAround runs. Backends of the same zone are preferred. Unset means that all are alike.
 * @param sticky How clients stay with the backend that they had first.
 */
public record BalanceSettings(
        @DefaultValue("least-requests") String policy,
        @DefaultValue("0") int panicThreshold,
        @Nullable Duration slowStart,
        @DefaultValue("client-address") HashKey hashKey,
        @DefaultValue("1.25") double hashBound,
        @Nullable String zone,
        @DefaultValue Sticky sticky) {

    private static final String CONSISTENT_HASH = "consistent-hash";

    public BalanceSettings {
        new Requirements("goaround.balance")
                .that(Balancers.names().contains(policy), "policy", policy, expectedPolicy())
                .range("panic-threshold", panicThreshold, 0, 100)
                .durationOrZero("slow-start", slowStart)
                .that(hashBound >= 1.01 && hashBound <= 1000, "hash-bound", hashBound, "expected 1.01 to 1000")
                .that(zone == null || ZoneName.valid(zone), "zone", zone, ZoneName.EXPECTED)
                .enforce();
    }

    /** What of a request the policy asks for, or null if it takes all alike. */
    public @Nullable HashKey keyInUse() {
        return policy.equals(CONSISTENT_HASH) ? hashKey : null;
    }

    /** Whether an algorithm made for the one serves for the other, with all that it has learned. */
    public boolean sameAlgorithm(BalanceSettings other) {
        return policy.equals(other.policy) && hashBound == other.hashBound;
    }

    private static String expectedPolicy() {
        return "expected " + String.join(", ", Balancers.names()).replaceFirst(", (?=[^,]*$)", " or ");
    }

    /** Who gets traffic, as the pool takes it. */
    public Eligibility eligibility() {
        return new Eligibility(panicThreshold, slowStart, zone);
    }

    /**
     * How clients stay with the backend that they had first ({@code goaround.balance.sticky.*}).
     *
     * @param cookie Name of the cookie that keeps a client with its backend. Unset means that none is set.
     * @param lifetime How long the cookie lives, counted from when it was set. Unset means until the browser is closed.
     * @param secret What the cookie's values are made with, at least 16 characters; the same in several GoArounds lets each know the others' cookies. Unset means a random one per start.
     */
    public record Sticky(
            @Nullable String cookie,
            @Nullable Duration lifetime,
            @Nullable String secret) {

        private static final Duration LEAST = Duration.ofSeconds(1);

        private static final int LEAST_SECRET = 16;

        public Sticky {
            new Requirements("goaround.balance.sticky")
                    .that(cookie == null || HashKey.token(cookie), "cookie", cookie, "expected a cookie's name")
                    .that(
                            lifetime == null || lifetime.compareTo(LEAST) >= 0,
                            "lifetime",
                            lifetime,
                            "expected at least 1s")
                    .duration("lifetime", lifetime)
                    .that(
                            secret == null || secret.length() >= LEAST_SECRET,
                            "secret",
                            secret,
                            "expected at least " + LEAST_SECRET + " characters")
                    .enforce();
        }

        /** Does not show the secret. */
        @Override
        public String toString() {
            return "Sticky[cookie=" + cookie + ", lifetime=" + lifetime + "]";
        }
    }
}
