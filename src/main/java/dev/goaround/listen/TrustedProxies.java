package dev.goaround.listen;

import dev.goaround.http.FieldNames;
import dev.goaround.http.ForwardedElement;
import dev.goaround.http.ForwardedNode;
import dev.goaround.settings.Cidr;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The proxies in front whose word about requests counts.
 *
 * @param blocks where they are
 */
public record TrustedProxies(List<Cidr> blocks) {

    public TrustedProxies {
        blocks = List.copyOf(blocks);
    }

    /** Whether the address is one of theirs. */
    public boolean trust(InetAddress address) {
        for (Cidr block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the address that a request comes from, as far as it can be believed: the last one in {@code X-Forwarded-For} that
     * is no proxy of ours, or in {@code Forwarded} without that field. What is no address is skipped, and ports don't count.
     *
     * @param headers as the client sent them or as they go to backends, with the peer's own address at the end
     */
    public String client(HttpHeaders headers, Peer peer) {
        InetAddress named = named(headers, peer.address());
        return named == null ? peer.ip() : ForwardedNode.text(named);
    }

    /** Returns the address that a proxy of ours names so, or null if the peer at this address is none or names nobody. */
    public @Nullable InetAddress named(HttpHeaders headers, InetAddress peer) {
        if (!trust(peer)) {
            return null;
        }
        String hops = hops(headers);
        InetAddress first = null;
        int end = hops.length();
        while (end >= 0) {
            int comma = hops.lastIndexOf(',', end - 1);
            ForwardedNode hop = ForwardedNode.parse(hops.substring(comma + 1, end));
            InetAddress address = hop == null ? null : hop.address();
            if (address != null && !trust(address)) {
                return address;
            }
            first = address == null ? first : address;
            end = comma;
        }
        return first;
    }

    /** Whether a proxy of ours says that the client speaks TLS with it. */
    boolean sayHttps(HttpHeaders headers, Peer peer) {
        if (!trust(peer.address())) {
            return false;
        }
        String proto = joined(headers, FieldNames.X_FORWARDED_PROTO);
        if (proto.isBlank()) {
            List<ForwardedElement> elements = ForwardedElement.list(joined(headers, FieldNames.FORWARDED));
            String told = elements == null || elements.isEmpty()
                    ? null
                    : elements.get(0).proto();
            return "https".equalsIgnoreCase(told);
        }
        return proto.split(",", 2)[0].strip().equalsIgnoreCase("https");
    }

    /** Returns the hops that proxies have named, separated by commas. Several field lines are one field (RFC 9110 section 5.3). */
    private static String hops(HttpHeaders headers) {
        String hops = joined(headers, FieldNames.X_FORWARDED_FOR);
        if (!hops.isBlank()) {
            return hops;
        }
        String forwarded = joined(headers, FieldNames.FORWARDED);
        List<ForwardedElement> elements = forwarded.isEmpty() ? null : ForwardedElement.list(forwarded);
        return elements == null ? "" : String.join(",", ForwardedElement.nodes(elements));
    }

    private static String joined(HttpHeaders headers, AsciiString name) {
        List<String> lines = headers.getAll(name);
        return lines.size() == 1 ? lines.get(0) : String.join(",", lines);
    }
}
