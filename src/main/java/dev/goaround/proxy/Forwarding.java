package dev.goaround.proxy;

import dev.goaround.http.FieldNames;
import dev.goaround.listen.Peer;
import dev.goaround.listen.TrustedProxies;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells backends who the client is: {@code Forwarded} (RFC 7239) and the {@code X-Forwarded-} fields.
 *
 * <p>What a client sent in them is dropped, since anybody can write anything there, unless the client is a proxy that
 * {@code goaround.forwarding.trusted-proxies} names: then it is kept and appended to.
 */
final class Forwarding {

    private static final AsciiString FORWARDED = AsciiString.cached("Forwarded");
    private static final AsciiString FOR = AsciiString.cached("X-Forwarded-For");
    private static final AsciiString PROTO = AsciiString.cached("X-Forwarded-Proto");
    private static final AsciiString HOST = AsciiString.cached("X-Forwarded-Host");
    private static final AsciiString PORT = AsciiString.cached("X-Forwarded-Port");

    private static final AsciiString CLIENT_CERT = AsciiString.cached("Client-Cert");

    /** Fields that backends take for a proxy's word about the client, ours and others'. */
    private static final List<AsciiString> CLAIMS = List.of(
            FORWARDED,
            FOR,
            PROTO,
            HOST,
            PORT,
            AsciiString.cached("X-Forwarded-Prefix"),
            AsciiString.cached("X-Forwarded-Scheme"),
            AsciiString.cached("X-Forwarded-Ssl"),
            AsciiString.cached("Front-End-Https"),
            AsciiString.cached("X-Real-IP"),
            CLIENT_CERT,
            AsciiString.cached("Client-Cert-Chain"));

    private final Supplier<TrustedProxies> trusted;

    Forwarding(Supplier<TrustedProxies> trusted) {
        this.trusted = trusted;
    }

    void apply(HttpHeaders headers, Peer client) {
        String host = headers.get(FieldNames.HOST);
        String proto = client.secure() ? "https" : "http";
        if (!trusted.get().trust(client.address())) {
            for (AsciiString claim : CLAIMS) {
                headers.remove(claim);
            }
        }
        append(headers, FOR, client.ip());
        setIfAbsent(headers, PROTO, proto);
        if (host != null && !host.isEmpty()) {
            setIfAbsent(headers, HOST, host);
        }
        setIfAbsent(headers, PORT, port(host, client));
        append(headers, FORWARDED, element(client.ip(), host, proto));
        if (client.certificate() != null) {
            headers.set(CLIENT_CERT, client.certificate());
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
