package dev.goaround.admin;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * Who may change something: callers on this machine, and those with the token.
 *
 * <p>A browser on this machine is on it as well, whatever page it shows. So that no page of somebody else's can change anything, requests
 * that another site has caused are refused (their {@code Origin} and {@code Sec-Fetch-Site} say so), and so are those for a name
 * that is not this machine's, since an attacker's name may lead here (DNS rebinding).
 */
public final class ChangeRights {

    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9A-Fa-f:.]+]");
    private static final Pattern PORT = Pattern.compile(":[0-9]*$");

    private final Function<ServerHttpRequest, Caller> callers;
    private final AccessToken token;
    private final Set<String> hosts;

    ChangeRights(Function<ServerHttpRequest, Caller> callers, ManagementSettings settings) {
        this.callers = callers;
        this.token = new AccessToken(settings);
        this.hosts = settings.allowedHosts().stream()
                .map(host -> host.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    /** Whether the sender of a request may read: not one from this machine for a name that is not its own. */
    public boolean mayRead(ServerHttpRequest request) {
        return refusedToRead(request) == null;
    }

    /** Whether the sender of a request might change something: from here, or with the token if there is one. */
    public boolean mightChange(ServerHttpRequest request) {
        return token.configured() || callers.apply(request).local();
    }

    /** Returns why a request may not even read, or null: one from this machine for a name that is not its own. */
    @Nullable
    RefusedRequestException refusedToRead(ServerHttpRequest request) {
        return callers.apply(request).loopback() ? foreignHost(request.getHeaders()) : null;
    }

    /**
     * Returns how the sender of a request that changes something is recognized, in a word. Reads a file.
     *
     * @throws RefusedRequestException unless he may
     */
    String writer(ServerHttpRequest request) {
        HttpHeaders headers = request.getHeaders();
        refuseOtherSites(headers);
        String authorization = headers.getFirst(HttpHeaders.AUTHORIZATION);
        if (authorization != null && token.configured()) {
            if (token.matches(authorization)) {
                return "token";
            }
            throw unauthorized("the token is not the right one");
        }
        if (callers.apply(request).local()) {
            RefusedRequestException foreign = foreignHost(headers);
            if (foreign != null) {
                throw foreign;
            }
            return "loopback";
        }
        if (token.configured()) {
            throw unauthorized("changes from elsewhere than this machine need the token (Authorization: Bearer)");
        }
        throw new RefusedRequestException(
                HttpStatus.FORBIDDEN,
                "changes are taken from this machine only, unless there is a token (goaround.management.token)");
    }

    private static RefusedRequestException unauthorized(String why) {
        return new RefusedRequestException(HttpStatus.UNAUTHORIZED, why);
    }

    private static void refuseOtherSites(HttpHeaders headers) {
        String site = headers.getFirst("Sec-Fetch-Site");
        String origin = headers.getFirst(HttpHeaders.ORIGIN);
        String host = headers.getFirst(HttpHeaders.HOST);
        boolean same = origin == null || (host != null && origin.matches("(?i)https?://" + Pattern.quote(host)));
        if (!same || !(site == null || site.equals("same-origin") || site.equals("none"))) {
            throw new RefusedRequestException(HttpStatus.FORBIDDEN, "another site may not change anything here");
        }
    }

    private @Nullable RefusedRequestException foreignHost(HttpHeaders headers) {
        List<String> given = headers.getOrDefault(HttpHeaders.HOST, List.of());
        if (given.size() == 1 && known(given.get(0))) {
            return null;
        }
        return new RefusedRequestException(
                HttpStatus.FORBIDDEN,
                "this machine is called by an IP address, as localhost, or by a name of goaround.management.allowed-hosts");
    }

    private boolean known(String host) {
        String name = PORT.matcher(host).replaceFirst("").toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || IPV4.matcher(name).matches()
                || IPV6.matcher(name).matches()
                || hosts.contains(name);
    }
}
