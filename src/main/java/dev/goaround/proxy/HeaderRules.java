package dev.goaround.proxy;

import dev.goaround.http.FieldNameSet;
import dev.goaround.http.FieldNames;
import dev.goaround.http.Upgrade;
import dev.goaround.listen.Peer;
import dev.goaround.listen.TrustedProxies;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which header fields pass, in both directions. Fields are changed in place, so that what passes keeps its order, case
 * and repetition.
 */
final class HeaderRules {

    private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
    private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");
    private static final AsciiString HTTP2_SETTINGS = AsciiString.cached("http2-settings");

    /** Fields about one connection only (RFC 9110 section 7.6.1), whether or not Connection names them. */
    private static final List<AsciiString> HOP_BY_HOP =
            List.of(FieldNames.CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, HttpHeaderNames.UPGRADE, HTTP2_SETTINGS);

    private static final Map<String, String> VIA =
            Map.of("1.0", "1.0 goaround", "1.1", "1.1 goaround", "2.0", "2.0 goaround", "3.0", "3.0 goaround");

    /** They say where a message ends, and count in one spelling only. */
    private static final FieldNameSet FRAMING = new FieldNameSet(List.of("content-length", "transfer-encoding"));

    /** Fields that Connection can't take away, beside claims about the client: they frame or route the message. */
    private static final FieldNameSet NOT_NOMINABLE =
            new FieldNameSet(List.of("content-length", "transfer-encoding", "host", "te", "via"));

    private static final FieldNameSet NONE = new FieldNameSet(List.of());

    private final Supplier<TrustedProxies> trusted;
    private final Supplier<FieldNameSet> claims;
    private final BooleanSupplier via;

    /**
     * @param trusted gives the proxies in front whose word about clients counts
     * @param claims gives the fields that are such a word, and are dropped if others send them
     * @param via whether requests say that they have come by GoAround
     */
    HeaderRules(Supplier<TrustedProxies> trusted, Supplier<FieldNameSet> claims, BooleanSupplier via) {
        this.trusted = trusted;
        this.claims = claims;
        this.via = via;
    }

    /**
     * Makes the fields of a request those that go to a backend.
     *
     * @param version the version of HTTP that the client spoke
     */
    void request(HttpRequest head, String version, Peer client) {
        HttpHeaders headers = head.headers();
        boolean trailers = acceptsTrailers(headers);
        String upgrade = Upgrade.of(head);
        FieldNameSet ofProxies = claims.get();
        stripHopByHop(headers, ofProxies);
        FRAMING.removeOtherSpellingsFrom(headers);
        headers.remove(FieldNames.TE).remove(HttpHeaderNames.PROXY_AUTHORIZATION);
        if (trailers) {
            headers.set(FieldNames.TE, "trailers").set(FieldNames.CONNECTION, "TE");
        }
        setUpgrade(headers, upgrade);
        Forwarding.apply(headers, client, trusted.get(), ofProxies);
        if (via.getAsBoolean()) {
            headers.add(FieldNames.VIA, Objects.requireNonNull(VIA.get(version)));
        }
    }

    /** Makes the fields of a backend's answer those that go to the client. */
    void response(HttpResponse head) {
        HttpHeaders headers = head.headers();
        String upgrade = upgrade(head);
        stripHopByHop(headers, NONE);
        headers.remove(FieldNames.TRANSFER_ENCODING);
        setUpgrade(headers, upgrade);
    }

    /** What a response switches to, or what its client has to switch to before it asks again (RFC 9110 section 15.5.22). */
    private static @Nullable String upgrade(HttpResponse head) {
        if (Upgrade.switches(head)) {
            return Upgrade.of(head);
        }
        boolean required =
                HttpResponseStatus.UPGRADE_REQUIRED.code() == head.status().code()
                        && head.headers().contains(FieldNames.UPGRADE);
        return required ? String.join(", ", head.headers().getAll(FieldNames.UPGRADE)) : null;
    }

    private static void setUpgrade(HttpHeaders headers, @Nullable String upgrade) {
        if (upgrade != null) {
            headers.add(FieldNames.CONNECTION, "Upgrade").set(FieldNames.UPGRADE, upgrade);
        }
    }

    private static boolean acceptsTrailers(HttpHeaders headers) {
        return headers.contains(FieldNames.TE) && headers.containsValue(FieldNames.TE, "trailers", true);
    }

    private static void stripHopByHop(HttpHeaders headers, FieldNameSet claims) {
        if (headers.contains(FieldNames.CONNECTION)) {
            for (String value : headers.getAll(FieldNames.CONNECTION)) {
                for (String name : value.split(",", -1)) {
                    nominated(headers, name.trim(), claims);
                }
            }
        }
        for (AsciiString name : HOP_BY_HOP) {
            headers.remove(name);
        }
    }

    private static void nominated(HttpHeaders headers, String name, FieldNameSet claims) {
        if (!name.isEmpty() && !NOT_NOMINABLE.contains(name) && !claims.contains(name)) {
            headers.remove(name);
        }
    }
}
