package dev.goaround.proxy;

import dev.goaround.balance.HashKey;
import dev.goaround.listen.InboundRequest;
import dev.goaround.pool.PickContext;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** What ties a request to a backend. Costs nothing where nothing does. */
final class Affinity {

    private final @Nullable HashKey key;
    private final ForwardingSettings forwarding;

    Affinity(ProxySettings settings) {
        this.key = settings.hashKey();
        this.forwarding = settings.forwarding();
    }

    /**
     * Returns what its first attempt asks of a backend.
     *
     * @param request whose header is as it goes to backends
     * @param target the request target in origin form, or an asterisk
     */
    PickContext of(InboundRequest request, String target) {
        return key == null
                ? PickContext.FIRST
                : new PickContext(PickContext.FIRST.tried(), keyOf(key, request, target));
    }

    /** Requests without such a field or cookie go by the client's address: they would be too many for one backend. */
    private long keyOf(HashKey by, InboundRequest request, String target) {
        HttpHeaders headers = request.head().headers();
        String text = switch (by.source()) {
            case CLIENT_ADDRESS -> null;
            case HEADER -> headers.get(by.name());
            case COOKIE -> Cookies.value(headers, by.name());
            case PATH -> path(target);
            case PATH_QUERY -> target;
        };
        return HashKey.of(text == null ? ClientAddress.of(headers, request.peer(), forwarding.trustedProxies()) : text);
    }

    private static String path(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }
}
