package dev.goaround.proxy;

import dev.goaround.http.FieldNameSet;
import dev.goaround.http.FieldNames;
import dev.goaround.listen.Peer;
import dev.goaround.listen.TrustedProxies;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Tells backends who the client is: {@code Forwarded} (RFC 7239) and the {@code X-Forwarded-} fields.
 *
 * <p>What a client sent in them, and in all other {@linkplain dev.goaround.http.ClaimFields fields of that kind}, is dropped, since
 * anybody can write anything there, unless the client is a proxy that {@code goaround.forwarding.trusted-proxies} names: then it is
 * kept and appended to, and both kinds of fields are {@linkplain RelayedClaims made to say the same}.
 */
final class Forwarding {

    private Forwarding() {}

    /**
     * @param trusted the proxies in front whose word counts
     * @param claims the fields that are dropped if others send them
     */
    static void apply(HttpHeaders headers, Peer client, TrustedProxies trusted, FieldNameSet claims) {
        if (trusted.trust(client.address())) {
            RelayedClaims.complete(headers, client);
        } else {
            claims.removeFrom(headers);
            tell(headers, client);
        }
        if (client.certificate() != null) {
            headers.set(FieldNames.CLIENT_CERT, client.certificate());
        }
    }

    private static void tell(HttpHeaders headers, Peer client) {
        String host = headers.get(FieldNames.HOST);
        String proto = proto(client);
        headers.add(FieldNames.X_FORWARDED_FOR, client.ip()).add(FieldNames.X_FORWARDED_PROTO, proto);
        if (host != null && !host.isEmpty()) {
            headers.add(FieldNames.X_FORWARDED_HOST, host);
        }
        headers.add(FieldNames.X_FORWARDED_PORT, port(host, proto, client))
                .add(FieldNames.FORWARDED, element(client.ip(), host, proto));
    }

    /** Returns the scheme by which the client has come. */
    static String proto(Peer client) {
        return client.https() ? "https" : "http";
    }

    /** Returns the port that the client believes to talk to: the host names it, or leaves it at the scheme's. */
    static String port(@Nullable String host, String proto, Peer client) {
        if (host == null || host.isEmpty()) {
            return Integer.toString(client.port());
        }
        int colon = host.lastIndexOf(':');
        if (colon > host.lastIndexOf(']') && colon + 1 < host.length()) {
            return host.substring(colon + 1);
        }
        return defaultPort(proto);
    }

    /** Returns the port of a URL without one. */
    static String defaultPort(String proto) {
        return proto.equalsIgnoreCase("https") || proto.equalsIgnoreCase("wss") ? "443" : "80";
    }

    /** Returns one element of RFC 7239 section 4; what is no token is quoted. */
    static String element(String ip, @Nullable String host, String proto) {
        StringBuilder element = new StringBuilder(64).append("for=");
        if (ip.indexOf(':') >= 0) {
            element.append("\"[").append(ip).append("]\"");
        } else {
            element.append(ip);
        }
        return claims(element, host, proto).toString();
    }

    /** Appends what else an element says. */
    static StringBuilder claims(StringBuilder element, @Nullable String host, @Nullable String proto) {
        if (host != null && !host.isEmpty() && plain(host)) {
            element.append(";host=\"").append(host).append('"');
        }
        return proto == null ? element : element.append(";proto=").append(proto);
    }

    /** Whether a host can be quoted for everybody: some servers look for parameters of {@code Forwarded} within quotes as well. */
    static boolean plain(String host) {
        for (int i = 0; i < host.length(); i++) {
            if (";,=\"\\".indexOf(host.charAt(i)) >= 0) {
                return false;
            }
        }
        return true;
    }
}
