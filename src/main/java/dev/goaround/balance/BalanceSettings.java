package dev.goaround.balance;

import dev.goaround.pool.Eligibility;
import dev.goaround.settings.Requirements;
import dev.goaround.settings.ZoneName;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;
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

    /** A host name, with the dot in front that some write. */
    private static final Pattern DOMAIN = Pattern.compile("\\.?[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*");

    /** A path of what may stand in an attribute of a cookie (RFC 6265 section 4.1.1). */
    private static final Pattern PATH = Pattern.compile("/[\\x21-\\x3a\\x3c-\\x7e]*");

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
     * @param sameSite Whether browsers send the cookie with requests that other sites cause: lax, strict or none, which makes it Secure.
     * @param domain Domain whose hosts all get the cookie. Unset means only the host that set it.
     * @param path Path below which the cookie is sent.
     * @param secure Whether the cookie is sent over TLS only: auto, where the client speaks TLS when it is set, always or never.
     * @param httpOnly Whether scripts of a page can't read the cookie.
     * @param partitioned Whether each site that embeds this one has a cookie of its own, which makes it Secure.
     */
    public record Sticky(
            @Nullable String cookie,
            @Nullable Duration lifetime,
            @Nullable String secret,
            @DefaultValue("lax") SameSite sameSite,
            @Nullable String domain,
            @DefaultValue("/") String path,
            @DefaultValue("auto") Secure secure,
            @DefaultValue("true") boolean httpOnly,
            @DefaultValue("false") boolean partitioned) {

        private static final Duration LEAST = Duration.ofSeconds(1);

        private static final int LEAST_SECRET = 16;

        /** The prefixes of names that browsers take with {@code Secure} only. */
        private static final String SECURE_PREFIX = "__secure-";

        private static final String HOST_PREFIX = "__host-";

        /** Whether browsers send the cookie with requests that other sites cause. */
        public enum SameSite {
            /** With links to follow. */
            LAX,
            /** With none. */
            STRICT,
            /** With all. */
            NONE
        }

        /** Whether the cookie is sent over TLS only. */
        public enum Secure {
            /** Where the client speaks TLS when the cookie is set. */
            AUTO,
            /** Always. */
            ALWAYS,
            /** Never. */
            NEVER
        }

        public Sticky {
            boolean ofHost = cookie != null && cookie.toLowerCase(Locale.ROOT).startsWith(HOST_PREFIX);
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
                    .that(
                            domain == null || (DOMAIN.matcher(domain).matches() && !ofHost),
                            "domain",
                            domain,
                            ofHost ? "not together with a cookie named __Host-" : "expected a host name")
                    .that(
                            PATH.matcher(path).matches() && (!ofHost || path.equals("/")),
                            "path",
                            path,
                            ofHost
                                    ? "expected / for a cookie named __Host-"
                                    : "expected a path that begins with a slash")
                    .that(
                            secure != Secure.NEVER || !needsSecure(cookie, sameSite, partitioned),
                            "secure",
                            "never",
                            "browsers refuse such a cookie with same-site none, partitioned or the name's prefix")
                    .enforce();
        }

        /** One with the attributes that apply without any setting. */
        public static Sticky plain(@Nullable String cookie, @Nullable Duration lifetime, @Nullable String secret) {
            return new Sticky(cookie, lifetime, secret, SameSite.LAX, null, "/", Secure.AUTO, true, false);
        }

        private static boolean needsSecure(@Nullable String cookie, SameSite sameSite, boolean partitioned) {
            String name = cookie == null ? "" : cookie.toLowerCase(Locale.ROOT);
            return sameSite == SameSite.NONE
                    || partitioned
                    || name.startsWith(SECURE_PREFIX)
                    || name.startsWith(HOST_PREFIX);
        }

        /** Whether the cookie is Secure for a client that speaks TLS, or does not. */
        boolean secureFor(boolean tls) {
            return secure == Secure.ALWAYS
                    || needsSecure(cookie, sameSite, partitioned)
                    || (secure == Secure.AUTO && tls);
        }

        /** Does not show the secret. */
        @Override
        public String toString() {
            return "Sticky[cookie=" + cookie + ", lifetime=" + lifetime + ", sameSite=" + sameSite + ", domain="
                    + domain
                    + ", path=" + path + ", secure=" + secure + ", httpOnly=" + httpOnly + ", partitioned="
                    + partitioned + "]";
        }
    }
}
