package dev.goaround.admin;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * The form that a request to the management endpoints must have before anything else looks at it: one spelling for each path, one
 * valid Host, and header fields that can be read. Each thing that Spring would decode, normalize or fail on is refused here.
 */
final class HeadRules {

    /** The number of media types that Spring can sort. */
    private static final int MAX_MEDIA_TYPES = 50;

    private static final int MAX_HOST = 300;

    /** RFC 3986 section 3.2, without user information and without escapes. */
    private static final Pattern HOST =
            Pattern.compile("(?:[A-Za-z0-9._~!$&'()*+,=-]+|\\[[0-9A-Fa-f:.]{2,45}])(?::[0-9]{0,5})?");

    /** RFC 3986 section 3.3, without parameters and without empty segments; the last one may be empty. */
    private static final Pattern PATH =
            Pattern.compile("/(?:(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})+(?:/|$))*+");

    private static final Pattern QUERY = Pattern.compile("(?:[^%\\x00-\\x20\\x7f-\\uffff]|%[0-9A-Fa-f]{2})*+");

    private static final Pattern ESCAPE = Pattern.compile("%([0-9A-Fa-f]{2})");

    private static final Pattern DOTS = Pattern.compile("/\\.\\.?(?:/|$)");

    private HeadRules() {}

    /** Returns why the head of a request is refused, or null. */
    static @Nullable RefusedRequestException fault(ServerHttpRequest request, Caller caller) {
        RefusedRequestException target = targetFault(request, caller);
        return target == null ? fieldFault(request.getHeaders()) : target;
    }

    private static @Nullable RefusedRequestException targetFault(ServerHttpRequest request, Caller caller) {
        List<String> hosts = request.getHeaders().getOrDefault(HttpHeaders.HOST, List.of());
        // Only HTTP/1.0 needs none (RFC 9112 section 3.2), and no browser speaks that.
        boolean hostless = hosts.isEmpty() && caller.http10();
        if (!hostless && (hosts.size() != 1 || !validHost(hosts.get(0)))) {
            return RefusedRequestException.badRequest("the request must have exactly one valid Host header");
        }
        String target = caller.target();
        if (target == null) {
            String query = request.getURI().getRawQuery();
            target = request.getURI().getRawPath() + (query == null ? "" : "?" + query);
        }
        if (!target.startsWith("/")) {
            String lower = target.toLowerCase(Locale.ROOT);
            int authority = lower.startsWith("http://") || lower.startsWith("https://") ? lower.indexOf("//") + 2 : -1;
            int path = authority < 0 ? -1 : target.indexOf('/', authority);
            if (path < 0 || hostless || !target.substring(authority, path).equalsIgnoreCase(hosts.get(0))) {
                return RefusedRequestException.badRequest(
                        "the target must be a path, or a URL with a path and with the host of the Host header");
            }
            target = target.substring(path);
        }
        int query = target.indexOf('?');
        if (!canonical(query < 0 ? target : target.substring(0, query))) {
            return RefusedRequestException.badRequest("the path must be in its canonical form: without parameters (;),"
                    + " empty segments, dot segments and unnecessary or malformed escapes");
        }
        return query < 0 || QUERY.matcher(target.substring(query + 1)).matches()
                ? null
                : RefusedRequestException.badRequest(
                        "the query has a malformed escape, or a character that must be escaped");
    }

    private static boolean validHost(String host) {
        return host.length() <= MAX_HOST && HOST.matcher(host).matches();
    }

    /** Whether there is no other way to spell the path (RFC 3986 section 6.2.2). */
    static boolean canonical(String path) {
        return PATH.matcher(path).matches()
                && !DOTS.matcher(path).find()
                && ESCAPE.matcher(path)
                        .results()
                        .noneMatch(escape -> needless((char) Integer.parseInt(escape.group(1), 16)));
    }

    /** Whether an escaped octet needs no escape, or is nothing that a path may have in it. */
    private static boolean needless(char c) {
        return c < 0x20
                || c == 0x7f
                || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "-._~/\\;".indexOf(c) >= 0;
    }

    private static @Nullable RefusedRequestException fieldFault(HttpHeaders headers) {
        try {
            if (headers.getAccept().size() > MAX_MEDIA_TYPES) {
                return new RefusedRequestException(
                        HttpStatus.NOT_ACCEPTABLE,
                        "the Accept header has more than " + MAX_MEDIA_TYPES + " media types");
            }
        } catch (IllegalArgumentException malformed) {
            return new RefusedRequestException(HttpStatus.NOT_ACCEPTABLE, "the Accept header is malformed");
        }
        try {
            headers.getContentType();
        } catch (IllegalArgumentException malformed) {
            return new RefusedRequestException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE, "the Content-Type header is malformed");
        }
        return null;
    }
}
