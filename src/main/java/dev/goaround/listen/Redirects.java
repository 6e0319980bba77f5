package dev.goaround.listen;

import dev.goaround.http.Authority;
import dev.goaround.http.FieldNames;
import dev.goaround.http.Problem;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.AttributeKey;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;

/**
 * Sends requests on a plain port to the same place on the port with TLS (308, RFC 9110 section 15.4.9), but for those of paths that are
 * served here as well, and those whose client speaks TLS with a proxy in front, since these would come back.
 */
final class Redirects {

    private static final AttributeKey<Redirects> KEY = AttributeKey.valueOf(Redirects.class, "redirects");
    private static final int HTTPS_PORT = 443;

    /** What some servers would resolve to a path outside of the one that it is in. */
    private static final List<String> AMBIGUOUS = List.of("..", "%2e", "%2f", "%5c", "\\");

    private final int securePort;
    private final List<String> plainPaths;

    /**
     * @param securePort the port with TLS, as clients reach it
     * @param plainPaths paths, and what is below them, that are served without TLS
     */
    Redirects(int securePort, List<String> plainPaths) {
        this.securePort = securePort;
        this.plainPaths = plainPaths;
    }

    /** Marks a connection as one whose requests are redirected. */
    void mark(Channel connection) {
        connection.attr(KEY).set(this);
    }

    /** Returns what redirects the requests of this connection, or null if nothing does. */
    static @Nullable Redirects of(Channel connection) {
        return connection.hasAttr(KEY) ? connection.attr(KEY).get() : null;
    }

    /** Whether the request is to be redirected. */
    boolean concern(HttpRequest request, Peer peer, TrustedProxies trusted) {
        return !peer.https() && !trusted.sayHttps(request.headers(), peer) && !plain(path(request.uri()));
    }

    /** Redirects the request. */
    Mono<Void> redirect(HttpRequest request, OutboundResponse response) {
        String location = location(request);
        if (location == null) {
            return response.send(
                    Problem.badRequest("the request names no host and path to be redirected to"),
                    EmptyHttpHeaders.INSTANCE);
        }
        response.observedBy(redirected -> {});
        response.setStatusCode(HttpStatus.PERMANENT_REDIRECT);
        response.getHeaders().set(HttpHeaderNames.LOCATION.toString(), location);
        return response.setComplete();
    }

    private boolean plain(@Nullable String target) {
        if (target == null) {
            return false;
        }
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        return plainPaths.stream().anyMatch(plain -> within(path, plain));
    }

    private static boolean within(String path, String plain) {
        if (!path.startsWith(plain)) {
            return false;
        }
        String rest = path.substring(plain.length());
        return (rest.isEmpty() || plain.endsWith("/") || rest.startsWith("/")) && !ambiguous(path);
    }

    /** Whether servers may disagree on which path this is. */
    static boolean ambiguous(String path) {
        String lower = path.toLowerCase(Locale.ROOT);
        return AMBIGUOUS.stream().anyMatch(lower::contains);
    }

    /** Returns where the request should have gone, or null if it does not say where it has. */
    private @Nullable String location(HttpRequest request) {
        String path = path(request.uri());
        String host = path == null || request.uri().startsWith("/")
                ? request.headers().get(FieldNames.HOST)
                : authority(request.uri());
        if (path == null || host == null || host.isEmpty() || !Authority.valid(host)) {
            return null;
        }
        int colon = host.lastIndexOf(':');
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        return name.isEmpty() ? null : "https://" + name + (securePort == HTTPS_PORT ? "" : ":" + securePort) + path;
    }

    /** Returns the target in origin form, or null if it has none (RFC 9112 section 3.2). */
    private static @Nullable String path(String target) {
        if (target.startsWith("/")) {
            return target;
        }
        int end = endOfAuthority(target);
        if (end < 0) {
            return null;
        }
        String path = target.substring(end);
        return path.startsWith("/") ? path : "/" + path;
    }

    private static @Nullable String authority(String target) {
        int end = endOfAuthority(target);
        return end < 0 ? null : target.substring(target.indexOf("//") + 2, end);
    }

    /** Returns where the authority of an absolute target ends, or -1 if the target is none. */
    private static int endOfAuthority(String target) {
        boolean http = target.regionMatches(true, 0, "http://", 0, 7);
        if (!http && !target.regionMatches(true, 0, "https://", 0, 8)) {
            return -1;
        }
        int end = target.indexOf("//") + 2;
        while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
            end++;
        }
        return end;
    }
}
