package dev.goaround.admin;

import dev.goaround.observe.RefusedTokens;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * The right to change something: that of callers with the token, or on this machine where there is none.
 *
 * <p>A browser on this machine is on it as well, whatever page it shows. So that no page of somebody else's can change anything, requests
 * that another site has caused are refused (their {@code Origin} and {@code Sec-Fetch-Site} say so), and so are those for a name
 * that is not this machine's, since an attacker's name may lead here (DNS rebinding).
 */
public final class ChangeRights {

    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9A-Fa-f:.]+]");
    private static final Pattern PORT = Pattern.compile(":[0-9]*$");

    /** The attribute of a request that says how its sender was recognized, once it has been. */
    static final String WRITER = ChangeRights.class.getName() + ".writer";

    private final Function<ServerHttpRequest, Caller> callers;
    private final AccessToken token;
    private final RefusedTokens refusedTokens;
    private final Set<String> hosts;

    /** @param address the host that the management port is told to listen on, if any */
    ChangeRights(
            Function<ServerHttpRequest, Caller> callers,
            ManagementSettings settings,
            @Nullable String address,
            RefusedTokens refusedTokens) {
        this.callers = callers;
        this.token = new AccessToken(settings);
        this.refusedTokens = refusedTokens;
        this.hosts = Stream.concat(settings.allowedHosts().stream(), Stream.ofNullable(address))
                .map(ChangeRights::name)
                .collect(Collectors.toSet());
    }

    /** Whether the sender of a request might change something: from here, or with the token if there is one. */
    public boolean mightChange(ServerHttpRequest request) {
        return token.configured() || callers.apply(request).local();
    }

    /** Returns where a request comes from, for limits; null if it can't be told. */
    public @Nullable InetAddress address(ServerHttpRequest request) {
        return callers.apply(request).client();
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
        Caller caller = callers.apply(request);
        if (token.configured()) {
            List<String> given = headers.getOrDefault(HttpHeaders.AUTHORIZATION, List.of());
            if (given.isEmpty()) {
                throw unauthorized("changes need the token (Authorization: Bearer)");
            }
            if (given.size() == 1 && token.matches(given.get(0))) {
                return "token";
            }
            refusedTokens.refused(caller.client());
            throw unauthorized("the token is not the right one");
        }
        if (caller.local()) {
            return "loopback";
        }
        throw new RefusedRequestException(
                HttpStatus.FORBIDDEN,
                "changes are taken from this machine only, unless there is a token (goaround.management.token)");
    }

    private static RefusedRequestException unauthorized(String why) {
        return new RefusedRequestException(HttpStatus.UNAUTHORIZED, why);
    }

    private static void refuseOtherSites(HttpHeaders headers) {
        List<String> sites = headers.getOrDefault("Sec-Fetch-Site", List.of());
        List<String> origins = headers.getOrDefault(HttpHeaders.ORIGIN, List.of());
        String host = headers.getFirst(HttpHeaders.HOST);
        boolean same = origins.isEmpty()
                || (origins.size() == 1
                        && host != null
                        && origins.get(0).matches("(?i)https?://" + Pattern.quote(host)));
        if (!same || !sites.stream().allMatch(site -> site.equals("same-origin") || site.equals("none"))) {
            throw new RefusedRequestException(HttpStatus.FORBIDDEN, "another site may not change anything here");
        }
    }

    /** Without a Host there is no name that a browser could have been led by. */
    private @Nullable RefusedRequestException foreignHost(HttpHeaders headers) {
        List<String> given = headers.getOrDefault(HttpHeaders.HOST, List.of());
        if (given.stream().allMatch(this::known)) {
            return null;
        }
        return new RefusedRequestException(
                HttpStatus.FORBIDDEN,
                "this machine is called by an IP address, as localhost, or by a name of goaround.management.allowed-hosts");
    }

    private boolean known(String host) {
        String name = name(PORT.matcher(host).replaceFirst(""));
        return name.equals("localhost")
                || IPV4.matcher(name).matches()
                || IPV6.matcher(name).matches()
                || hosts.contains(name);
    }

    /** Host names are compared without case and without the dot of the root. */
    private static String name(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
