package dev.goaround.proxy;

import dev.goaround.balance.HashKey;
import dev.goaround.balance.Stickiness;
import dev.goaround.http.FieldNameSet;
import dev.goaround.listen.TrustedProxies;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the data path is configured with.
 *
 * @param trusted the proxies in front that the forwarding settings name
 * @param claims the fields that only they may send
 * @param attemptsHeader whether answers say how many attempts they took
 * @param requestTimeout longest time for a request, over all its attempts, until its answer begins; null means no limit
 * @param hashKey what of a request the balancing policy asks for; null if nothing
 * @param stickiness which backend a client stays with; null if with none
 */
public record ProxySettings(
        ForwardingSettings forwarding,
        TrustedProxies trusted,
        FieldNameSet claims,
        boolean attemptsHeader,
        @Nullable Duration requestTimeout,
        @Nullable HashKey hashKey,
        @Nullable Stickiness stickiness) {

    public ProxySettings(
            ForwardingSettings forwarding,
            boolean attemptsHeader,
            @Nullable Duration requestTimeout,
            @Nullable HashKey hashKey,
            @Nullable Stickiness stickiness) {
        this(
                forwarding,
                new TrustedProxies(forwarding.trustedProxies()),
                forwarding.claims(),
                attemptsHeader,
                requestTimeout,
                hashKey,
                stickiness);
    }
}
