package dev.goaround.proxy;

import dev.goaround.http.Authority;
import dev.goaround.http.FieldNames;
import dev.goaround.http.ForwardedElement;
import dev.goaround.http.ForwardedNode;
import dev.goaround.listen.Peer;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a trusted proxy in front says of a request, in {@code Forwarded} (RFC 7239) or in the {@code X-Forwarded-} fields. Applications
 * read either, so both are made to name the same client, scheme, host and port: what one lacks is taken from the other (section 7.4),
 * where they differ those with an X count, and where they can't be put into {@code Forwarded} there is none.
 */
final class RelayedClaims {

    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]{0,31}");
    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

    /** Other fields that say the scheme, by itself or by {@code on}, where {@code X-Forwarded-Proto} is missing. */
    private static final List<AsciiString> OTHER_SCHEMES = List.of(
            AsciiString.cached("X-Forwarded-Scheme"),
            AsciiString.cached("X-Forwarded-Protocol"),
            AsciiString.cached("X-Forwarded-Ssl"),
            AsciiString.cached("Front-End-Https"));

    private final HttpHeaders headers;
    private final Peer proxy;
    private final @Nullable String ownHost;

    /** What its {@code Forwarded} says; none if that is not to be believed. */
    private List<ForwardedElement> elements;

    private List<String> hops;
    private @Nullable String proto;
    private @Nullable String host;

    private RelayedClaims(HttpHeaders headers, Peer proxy) {
        this.headers = headers;
        this.proxy = proxy;
        this.ownHost = headers.get(FieldNames.HOST);
        List<ForwardedElement> listed = ForwardedElement.list(joined(FieldNames.FORWARDED));
        this.elements = listed != null && namesHops(listed) ? listed : List.of();
        this.hops = list(joined(FieldNames.X_FORWARDED_FOR));
        this.proto = saidProto();
        this.host = first(FieldNames.X_FORWARDED_HOST);
    }

    private static boolean namesHops(List<ForwardedElement> elements) {
        for (String node : ForwardedElement.nodes(elements)) {
            if (ForwardedNode.parse(node) == null) {
                return false;
            }
        }
        return true;
    }

    /** Makes the fields of a request from this proxy say the same, and appends the proxy itself. */
    static void complete(HttpHeaders headers, Peer proxy) {
        new RelayedClaims(headers, proxy).complete();
    }

    private void complete() {
        List<String> nodes = ForwardedElement.nodes(elements);
        String forwardedProto = null;
        String forwardedHost = null;
        for (ForwardedElement element : elements) {
            forwardedProto = forwardedProto == null ? element.proto() : forwardedProto;
            forwardedHost = forwardedHost == null ? element.host() : forwardedHost;
        }
        boolean agree = (hops.isEmpty() || nodes.isEmpty() || sameHops(nodes))
                && (proto == null || forwardedProto == null || proto.equalsIgnoreCase(forwardedProto))
                && (host == null || forwardedHost == null || host.equalsIgnoreCase(forwardedHost));
        if (agree) {
            proto = proto == null ? forwardedProto : proto;
            host = host == null ? forwardedHost : host;
        }
        if (!agree || (nodes.isEmpty() && !hops.isEmpty()) || otherPort(forwardedHost)) {
            elements = List.of();
        }
        if (hops.isEmpty() && agree) {
            hops = nodes;
        }
        String forwarded = forwarded();
        tell();
        if (forwarded == null) {
            headers.remove(FieldNames.FORWARDED);
        } else {
            headers.set(FieldNames.FORWARDED, forwarded);
        }
    }

    private boolean sameHops(List<String> nodes) {
        if (nodes.size() != hops.size()) {
            return false;
        }
        for (int i = 0; i < nodes.size(); i++) {
            ForwardedNode one = ForwardedNode.parse(nodes.get(i));
            ForwardedNode other = ForwardedNode.parse(hops.get(i));
            if (one == null || other == null || !one.sameHop(other)) {
                return false;
            }
        }
        return true;
    }

    /** Whether {@code X-Forwarded-Port} names another port than {@code Forwarded} does. */
    private boolean otherPort(@Nullable String forwardedHost) {
        String port = saidPort();
        return port != null
                && forwardedHost != null
                && !port.equals(Forwarding.port(forwardedHost, effectiveProto(), proxy));
    }

    /** Returns the whole of {@code Forwarded}, or null if it can't be told. Its first element says all that there is to say. */
    private @Nullable String forwarded() {
        String firstProto = effectiveProto();
        String firstHost = effectiveHost();
        if (!SCHEME.matcher(firstProto).matches()
                || (firstHost != null && !(Authority.valid(firstHost) && Forwarding.plain(firstHost)))) {
            return null;
        }
        List<String> said = elements.isEmpty() ? converted() : texts();
        if (said == null) {
            return null;
        }
        if (said.isEmpty()) {
            return Forwarding.element(proxy.ip(), firstHost, firstProto);
        }
        boolean hostless = elements.isEmpty() || elements.get(0).host() == null;
        boolean protoless = elements.isEmpty() || elements.get(0).proto() == null;
        StringBuilder first = new StringBuilder(128).append(said.get(0));
        said.set(
                0,
                Forwarding.claims(first, hostless ? firstHost : null, protoless ? firstProto : null)
                        .toString());
        said.add(Forwarding.element(proxy.ip(), ownHost, Forwarding.proto(proxy)));
        return String.join(", ", said);
    }

    /** Returns an element for each hop, without more, or null if one is not what RFC 7239 has a form for. */
    private @Nullable List<String> converted() {
        List<String> converted = new ArrayList<>(hops.size() + 1);
        for (String hop : hops) {
            ForwardedNode node = ForwardedNode.parse(hop);
            if (node == null) {
                return null;
            }
            converted.add("for=" + node.parameter());
        }
        return converted;
    }

    private List<String> texts() {
        List<String> texts = new ArrayList<>(elements.size() + 1);
        for (ForwardedElement element : elements) {
            texts.add(element.text());
        }
        return texts;
    }

    /** Completes the fields with an X. */
    private void tell() {
        String said = joined(FieldNames.X_FORWARDED_FOR);
        if (list(said).isEmpty()) {
            said = String.join(
                    ", ", hops.stream().map(RelayedClaims::withoutPort).toList());
        }
        headers.set(FieldNames.X_FORWARDED_FOR, said.isEmpty() ? proxy.ip() : said + ", " + proxy.ip());
        setIfBlank(FieldNames.X_FORWARDED_PROTO, effectiveProto());
        String name = host == null ? ownHost : host;
        if (name != null && !name.isEmpty()) {
            setIfBlank(FieldNames.X_FORWARDED_HOST, name);
        }
        setIfBlank(FieldNames.X_FORWARDED_PORT, Forwarding.port(name, effectiveProto(), proxy));
    }

    private static String withoutPort(String hop) {
        ForwardedNode node = ForwardedNode.parse(hop);
        return node == null ? "unknown" : node.name();
    }

    private void setIfBlank(AsciiString name, String value) {
        if (first(name) == null) {
            headers.set(name, value);
        }
    }

    private String effectiveProto() {
        return proto == null ? Forwarding.proto(proxy) : proto;
    }

    /** Returns the host with the port that {@code X-Forwarded-Port} names, which counts for those who read that field. */
    private @Nullable String effectiveHost() {
        String name = host == null ? ownHost : host;
        String port = saidPort();
        if (name == null || name.isEmpty() || port == null) {
            return name;
        }
        int colon = name.lastIndexOf(':');
        String bare = colon > name.lastIndexOf(']') ? name.substring(0, colon) : name;
        return port.equals(Forwarding.defaultPort(effectiveProto())) ? bare : bare + ":" + port;
    }

    private @Nullable String saidPort() {
        String port = first(FieldNames.X_FORWARDED_PORT);
        return port != null && PORT.matcher(port).matches() ? port : null;
    }

    private @Nullable String saidProto() {
        String said = first(FieldNames.X_FORWARDED_PROTO);
        for (int i = 0; said == null && i < OTHER_SCHEMES.size(); i++) {
            said = first(OTHER_SCHEMES.get(i));
            said = "on".equalsIgnoreCase(said) ? "https" : "off".equalsIgnoreCase(said) ? null : said;
        }
        return said;
    }

    private String joined(AsciiString name) {
        List<String> lines = headers.getAll(name);
        return lines.size() == 1 ? lines.get(0) : String.join(", ", lines);
    }

    /** Returns the first element of a field that is a list, or null if it has none. */
    private @Nullable String first(AsciiString name) {
        List<String> listed = list(joined(name));
        return listed.isEmpty() ? null : listed.get(0);
    }

    /** Returns the elements of a list; empty ones don't count (RFC 9110 section 5.6.1). */
    private static List<String> list(String field) {
        return Stream.of(field.split(",", -1))
                .map(String::strip)
                .filter(element -> !element.isEmpty())
                .toList();
    }
}
