package dev.goaround.proxy;

import dev.goaround.http.FieldNames;
import dev.goaround.http.Upgrade;
import dev.goaround.listen.Peer;
import dev.goaround.listen.TrustedProxies;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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

    /** Fields that Connection can't take away: they frame or route the message, or say who sent it. */
    private static final Set<String> NOT_NOMINABLE = Set.of(
            "content-length",
            "transfer-encoding",
            "host",
            "te",
            "via",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-forwarded-host",
            "x-forwarded-port");

    private final Forwarding forwarding;

    /** @param trusted gives the proxies in front whose word about clients counts */
    HeaderRules(Supplier<TrustedProxies> trusted) {
        this.forwarding = new Forwarding(trusted);
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
        stripHopByHop(headers);
        headers.remove(FieldNames.TE).remove(HttpHeaderNames.PROXY_AUTHORIZATION);
        if (trailers) {
            headers.set(FieldNames.TE, "trailers").set(FieldNames.CONNECTION, "TE");
        }
        setUpgrade(headers, upgrade);
        forwarding.apply(headers, client);
        headers.add(FieldNames.VIA, Objects.requireNonNull(VIA.get(version)));
    }

    /** Makes the fields of a backend's answer those that go to the client. */
    void response(HttpResponse head) {
        HttpHeaders headers = head.headers();
        String upgrade = Upgrade.switches(head) ? Upgrade.of(head) : null;
        stripHopByHop(headers);
        headers.remove(FieldNames.TRANSFER_ENCODING);
        setUpgrade(headers, upgrade);
    }

    private static void setUpgrade(HttpHeaders headers, @Nullable String upgrade) {
        if (upgrade != null) {
            headers.add(FieldNames.CONNECTION, "Upgrade").set(FieldNames.UPGRADE, upgrade);
        }
    }

    private static boolean acceptsTrailers(HttpHeaders headers) {
        return headers.contains(FieldNames.TE) && headers.containsValue(FieldNames.TE, "trailers", true);
    }

    private static void stripHopByHop(HttpHeaders headers) {
        if (headers.contains(FieldNames.CONNECTION)) {
            for (String value : headers.getAll(FieldNames.CONNECTION)) {
                for (String name : value.split(",", -1)) {
                    nominated(headers, name.trim().toLowerCase(Locale.ROOT));
                }
            }
        }
        for (AsciiString name : HOP_BY_HOP) {
            headers.remove(name);
        }
    }

    private static void nominated(HttpHeaders headers, String name) {
        if (!name.isEmpty() && !NOT_NOMINABLE.contains(name)) {
            headers.remove(name);
        }
    }
}
