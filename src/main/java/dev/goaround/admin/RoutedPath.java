package dev.goaround.admin;

import org.springframework.http.server.PathContainer.Element;
import org.springframework.http.server.PathContainer.PathSegment;
import org.springframework.http.server.reactive.ServerHttpRequest;

/** The path of a request as Spring routes it: decoded, and without the parameters of its segments ({@code ;x=1}). */
public final class RoutedPath {

    private RoutedPath() {}

    /** Returns the path below the context path of the request. */
    public static String of(ServerHttpRequest request) {
        StringBuilder routed = new StringBuilder();
        for (Element element : request.getPath().pathWithinApplication().elements()) {
            routed.append(element instanceof PathSegment segment ? segment.valueToMatch() : element.value());
        }
        return routed.toString();
    }

    /** Whether a routed path is this root, or below it. */
    static boolean within(String path, String root) {
        String plain = root.endsWith("/") ? root.substring(0, root.length() - 1) : root;
        return path.startsWith(plain) && (path.length() == plain.length() || path.charAt(plain.length()) == '/');
    }
}
