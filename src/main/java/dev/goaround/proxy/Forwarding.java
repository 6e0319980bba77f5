package dev.goaround.proxy;

import dev.goaround.http.FieldNameSet;
import dev.goaround.http.FieldNames;
import dev.goaround.listen.Peer;
import dev.goaround.listen.TrustedProxies;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Tells backends who the client is: {@code Forwarded} (RFC 7239) and the {@code X-Forwarded-} fields.
 *
 * <p>What a client sent in them, and in all other {@linkplain dev.goaround.http.ClaimFields fields of that kind}, is dropped, since
 * anybody can write anything there, unless the client is a proxy that {@code goaround.forwarding.trusted-proxies} names: then it is
 * kept and appended to.
 */
final class Forwarding {

    private Forwarding() {}

    /**
     * @param trusted the proxies in front whose word counts
     * @param claims the fields that are dropped if others send them
     */
    static void apply(HttpHeaders headers, Peer client, TrustedProxies trusted, FieldNameSet claims) {
        String host = headers.get(FieldNames.HOST);
        String proto = client.secure() ? "https" : "http";
        if (!trusted.trust(client.address())) {
            claims.removeFrom(headers);
        }
        append(headers, FieldNames.X_FORWARDED_FOR, client.ip());
        setIfAbsent(headers, FieldNames.X_FORWARDED_PROTO, proto);
        if (host != null && !host.isEmpty()) {
            setIfAbsent(headers, FieldNames.X_FORWARDED_HOST, host);
        }
        setIfAbsent(headers, FieldNames.X_FORWARDED_PORT, port(host, client));
        append(headers, FieldNames.FORWARDED, element(client.ip(), host, proto));
        if (client.certificate() != null) {
            headers.set(FieldNames.CLIENT_CERT, client.certificate());
        }
    }

    private static void append(HttpHeaders headers, AsciiString name, String value) {
        if (headers.contains(name)) {
            headers.set(name, String.join(", ", headers.getAll(name)) + ", " + value);
        } else {
            headers.add(name, value);
        }
    }

    private static void setIfAbsent(HttpHeaders headers, AsciiString name, String value) {
        if (!headers.contains(name)) {
            headers.add(name, value);
        }
    }

    /** The port that the client believes to talk to: Host names it, or leaves it at the scheme's. */
    private static String port(@Nullable String host, Peer client) {
        if (host == null || host.isEmpty()) {
            return Integer.toString(client.port());
        }
        int colon = host.lastIndexOf(':');
        if (colon > host.lastIndexOf(']') && colon + 1 < host.length()) {
            return host.substring(colon + 1);
        }
        return client.secure() ? "443" : "80";
    }

    /** One element of RFC 7239 section 4; what is no token is quoted. */
    private static String element(String ip, @Nullable String host, String proto) {
        StringBuilder element = new StringBuilder(64).append("for=");
        if (ip.indexOf(':') >= 0) {
            element.append("\"[").append(ip).append("]\"");
        } else {
            element.append(ip);
        }
        if (host != null && !host.isEmpty()) {
            element.append(";host=\"").append(host).append('"');
        }
        return element.append(";proto=").append(proto).toString();
    }
}
