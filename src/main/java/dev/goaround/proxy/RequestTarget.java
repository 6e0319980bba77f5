package dev.goaround.proxy;

import dev.goaround.http.Authority;
import dev.goaround.http.FieldNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The target of a request in the form that origin servers get (RFC 9112 section 3.2). */
final class RequestTarget {

    private RequestTarget() {}

    /** Returns the path of a target in origin form. */
    static String path(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /**
     * Returns the target in origin form, or an asterisk, which OPTIONS of a URL without a path is too (RFC 9112 section 3.2.4);
     * null if it is neither that nor a URL. A URL also gives the request its Host, whatever it was before.
     */
    static @Nullable String originForm(HttpRequest request) {
        String target = request.uri();
        if (target.startsWith("/")) {
            return target;
        }
        if (target.equals("*")) {
            return HttpMethod.OPTIONS.equals(request.method()) ? target : null;
        }
        String lower = target.toLowerCase(Locale.ROOT);
        if (!lower.startsWith("http://") && !lower.startsWith("https://")) {
            return null;
        }
        int authority = target.indexOf("//") + 2;
        int end = authority;
        while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
            end++;
        }
        String host = target.substring(authority, end);
        if (host.isEmpty() || !Authority.valid(host)) {
            return null;
        }
        request.headers().set(FieldNames.HOST, host);
        String path = target.substring(end);
        if (path.isEmpty() && HttpMethod.OPTIONS.equals(request.method())) {
            return "*";
        }
        return path.startsWith("/") ? path : "/" + path;
    }
}
