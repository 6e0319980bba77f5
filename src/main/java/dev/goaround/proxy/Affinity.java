package dev.goaround.proxy;

import dev.goaround.balance.HashKey;
import dev.goaround.balance.Stickiness;
import dev.goaround.http.FieldNames;
import dev.goaround.listen.InboundRequest;
import dev.goaround.listen.TrustedProxies;
import dev.goaround.pool.Backend;
import dev.goaround.pool.PickContext;
import dev.goaround.pool.PoolSnapshot;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/** What ties a request to a backend. Costs nothing where nothing does. */
final class Affinity {

    private static final AsciiString SET_COOKIE = AsciiString.cached("Set-Cookie");

    private final Supplier<ProxySettings> settings;

    Affinity(Supplier<ProxySettings> settings) {
        this.settings = settings;
    }

    /**
     * Returns what its first attempt asks of a backend.
     *
     * @param request whose header is as it goes to backends
     * @param target the request target in origin form, or an asterisk
     */
    PickContext of(InboundRequest request, String target) {
        ProxySettings now = settings.get();
        HashKey key = now.hashKey();
        Stickiness stickiness = now.stickiness();
        PickContext first = key == null
                ? PickContext.FIRST
                : new PickContext(List.of(), keyOf(key, request, target, now.trusted()));
        if (stickiness == null) {
            return first;
        }
        List<String> named = Cookies.values(request.head().headers(), stickiness.cookie());
        return named.isEmpty() ? first : first.stuckTo(stickiness.named(named));
    }

    /** Has the client stay with the backend that answers, unless the one that it stays with is only busy at the moment. */
    void answered(ProxiedRequest request, Backend backend, PoolSnapshot now, HttpResponse head) {
        Stickiness stickiness = settings.get().stickiness();
        if (stickiness == null) {
            return;
        }
        Backend stuckTo = request.untried().stuckTo();
        boolean stays = stuckTo == backend
                || (stuckTo != null && !request.untried().tried().contains(stuckTo) && now.keeps(stuckTo));
        if (stays) {
            return;
        }
        List<String> kept = takenFrom(head.headers(), stickiness);
        if (kept.isEmpty()) {
            kept = Cookies.values(request.headers(), stickiness.cookie());
        }
        String field = stickiness.setCookie(backend, kept, secure(request.headers()));
        if (field != null) {
            head.headers().add(SET_COOKIE, field);
        }
    }

    /** Takes out what another GoAround behind this one has set with the same cookie, and returns its values. */
    private static List<String> takenFrom(HttpHeaders headers, Stickiness stickiness) {
        List<String> fields = headers.getAll(SET_COOKIE);
        List<String> values = fields.stream()
                .map(stickiness::sameCookie)
                .filter(Objects::nonNull)
                .toList();
        if (!values.isEmpty()) {
            headers.set(
                    SET_COOKIE,
                    fields.stream()
                            .filter(field -> stickiness.sameCookie(field) == null)
                            .toList());
        }
        return values;
    }

    /** As backends are told: by the client's own connection, or by a proxy in front that is trusted. */
    private static boolean secure(HttpHeaders headers) {
        String proto = headers.get(FieldNames.X_FORWARDED_PROTO, "");
        int comma = proto.indexOf(',');
        return (comma < 0 ? proto : proto.substring(0, comma)).strip().equalsIgnoreCase("https");
    }

    /** Requests without such a field or cookie go by the client's address: they would be too many for one backend. */
    private static long keyOf(HashKey by, InboundRequest request, String target, TrustedProxies trusted) {
        HttpHeaders headers = request.head().headers();
        String text = switch (by.source()) {
            case CLIENT_ADDRESS -> null;
            case HEADER -> headers.get(by.name());
            case COOKIE -> Cookies.value(headers, by.name());
            case PATH -> RequestTarget.path(target);
            case PATH_QUERY -> target;
        };
        return HashKey.of(text == null ? trusted.client(headers, request.peer()) : text);
    }
}
