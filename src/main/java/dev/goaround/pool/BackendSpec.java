package dev.goaround.pool;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says of one backend.
 *
 * @param uri where it listens: {@code http} or {@code https}, host, port and an optional base path that is put before
 *     the path of every request
 * @param weight its share of the traffic relative to the others, from 1 to 1000
 * @param maxConnections how much it is given at once, over all event loops
 * @param backup whether it gets traffic only while no other backend is healthy
 * @param protocol what is spoken to it
 * @param priority its level: those of a higher number get what the levels before them can't carry; from 0 to 100
 * @param zone where it runs; null if that is not said
 * @param name what it is called where its URI has an address that a name server gave for that name; else null
 */
public record BackendSpec(
        URI uri,
        int weight,
        MaxConnections maxConnections,
        boolean backup,
        Protocol protocol,
        int priority,
        @Nullable String zone,
        @Nullable String name) {

    /** A backend of the first level, that is called what its URI says, and of which it is not said where it runs. */
    public BackendSpec(URI uri, int weight, MaxConnections maxConnections, boolean backup, Protocol protocol) {
        this(uri, weight, maxConnections, backup, protocol, 0, null, null);
    }

    /** A backend that is spoken to in the best protocol that can be found out without being told. */
    public BackendSpec(URI uri, int weight, int maxConnections, boolean backup) {
        this(uri, weight, MaxConnections.valueOf(maxConnections), backup, Protocol.AUTO);
    }

    /** The same with another weight. */
    public BackendSpec weighing(int other) {
        return new BackendSpec(uri, other, maxConnections, backup, protocol, priority, zone, name);
    }

    /** The same with another limit. */
    public BackendSpec limitedTo(MaxConnections most) {
        return new BackendSpec(uri, weight, most, backup, protocol, priority, zone, name);
    }

    /** The same when spoken to in another protocol. */
    public BackendSpec speaking(Protocol other) {
        return new BackendSpec(uri, weight, maxConnections, backup, other, priority, zone, name);
    }

    /** The same at another place. */
    public BackendSpec placed(int level, @Nullable String where) {
        return new BackendSpec(uri, weight, maxConnections, backup, protocol, level, where, name);
    }

    /** The port that the URI names, or its scheme's. */
    public int port() {
        String authority = uri.getRawAuthority();
        int colon = authority.lastIndexOf(':');
        if (colon > authority.lastIndexOf(']')) {
            return Integer.parseInt(authority.substring(colon + 1));
        }
        return defaultPort();
    }

    /**
     * The host, without the brackets of an IPv6 address. Taken from the authority, since {@link URI#getHost} knows no
     * host with an underscore, which container networks are full of.
     */
    public String host() {
        String authority = uri.getRawAuthority();
        int bracket = authority.lastIndexOf(']');
        int colon = authority.lastIndexOf(':');
        String host = colon > bracket ? authority.substring(0, colon) : authority;
        return bracket < 0 ? host : host.substring(1, bracket);
    }

    /** What the backend calls itself, to whom it matters: the host that a {@code https} backend is verified by. */
    public String serverName() {
        return name == null ? host() : name;
    }

    /** The Host of requests that are meant for this backend by its own name. */
    public String authority() {
        if (name == null) {
            return uri.getRawAuthority();
        }
        return port() == defaultPort() ? name : name + ":" + port();
    }

    /** Whether the backend is reached over TLS; one whose address is still to be asked for, by its scheme as well. */
    public boolean secure() {
        return uri.getScheme().endsWith("https");
    }

    private int defaultPort() {
        return secure() ? 443 : 80;
    }

    /** What makes two backends the same: http://app, http://APP:80 and http://app:80/ are one. */
    public String endpoint() {
        return (uri.getScheme() + "://" + host() + ":" + port()).toLowerCase(Locale.ROOT) + basePath();
    }

    /**
     * What a backend keeps for as long as it goes on with its connections and its counters: its endpoint, the protocol
     * that it is spoken to in, and the name that it is verified by. Its weight, its limit and its place may change.
     */
    String identity() {
        return protocol + " " + endpoint() + (name == null ? "" : " " + name);
    }

    /** The path put before every request's, without a slash at its end; often empty. */
    public String basePath() {
        String path = uri.getRawPath();
        return path == null || path.isEmpty() ? "" : path.replaceAll("/+$", "");
    }
}
