package dev.goaround.membership;

import dev.goaround.settings.Nearest;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A backend's URL as someone lists it: {@code http} or {@code https}, host, optional port, optional base path; or the same
 * with a name whose addresses are to be asked for, as {@link DnsName} has it.
 *
 * @param uri the URL with scheme and host in lower case; null if it was refused
 * @param mistake why it was refused; null if it was not
 */
record BackendUrl(@Nullable URI uri, @Nullable String mistake) {

    private static final List<String> SCHEMES = List.of("http", "https", "dns", "dns+https", "srv", "srv+https");
    /** Those that are easily mistyped. */
    private static final List<String> NEARLY = List.of("http", "https", "dns", "srv");

    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://.*");

    /** What may have been meant as a scheme: {@code http//}, {@code http:/}, {@code htp://}, {@code http:}. */
    private static final Pattern NEARLY_A_SCHEME = Pattern.compile("([A-Za-z]{2,6})(?::/*|/+:?/*)(.+)");

    /** Container networks are full of names with underscores, in which {@link URI} finds no host. */
    private static final Pattern CONTAINER_NAME = Pattern.compile("[A-Za-z0-9_.-]+(:[0-9]{1,5})?");

    private static final String EXPECTED = "expected http://host:port or https://host:port";

    static BackendUrl parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            return unclear(text);
        }
        if (uri.getScheme() == null || uri.isOpaque() || !SCHEME.matcher(text).matches()) {
            return unclear(text);
        }
        if (!SCHEMES.contains(uri.getScheme().toLowerCase(Locale.ROOT))) {
            return nearly(text) == null ? refused("not a backend URL, " + EXPECTED) : unclear(text);
        }
        return uri.getRawAuthority() == null ? unclear(text) : checked(uri);
    }

    private static BackendUrl checked(URI uri) {
        if (uri.getRawUserInfo() != null) {
            return refused("a backend URL must not carry a user or password");
        }
        if (uri.getRawQuery() != null) {
            return refused("a backend URL must not carry a query");
        }
        if (uri.getRawFragment() != null) {
            return refused("a backend URL must not carry a fragment");
        }
        boolean known = uri.getHost() != null
                || CONTAINER_NAME.matcher(uri.getRawAuthority()).matches();
        if (!known || uri.getRawAuthority().endsWith(":")) {
            return refused(withoutHost(uri));
        }
        URI normal = normal(uri);
        String port = normal.getRawAuthority().replaceFirst("^(?:\\[.*]|[^:]*):?", "");
        if (port.length() > 5 || (!port.isEmpty() && (Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535))) {
            return refused("port " + port + " does not exist, expected 1 to 65535");
        }
        String unnamed = DnsName.mistake(normal);
        return unnamed == null ? new BackendUrl(normal, null) : refused(unnamed);
    }

    private static String withoutHost(URI uri) {
        boolean missing = uri.getRawAuthority().startsWith(":");
        return (missing ? "has no host, " : "not a host and port, ") + EXPECTED;
    }

    private static BackendUrl unclear(String text) {
        String meant = nearly(text);
        return refused("not a backend URL, " + (meant == null ? EXPECTED : "did you mean " + meant + "?"));
    }

    /** Returns the URL that may have been meant, or null if none comes to mind. */
    private static @Nullable String nearly(String text) {
        String guess = "http://" + text.replaceFirst("^/+", "");
        Matcher matcher = NEARLY_A_SCHEME.matcher(text);
        if (matcher.matches()) {
            String typed = matcher.group(1).toLowerCase(Locale.ROOT);
            for (String scheme : NEARLY) {
                // One letter at most: ftp is two away from http, and means something else. A host may be called srv.
                if (Nearest.distance(typed, scheme) <= 1 && (scheme.startsWith("http") || text.contains("//"))) {
                    guess = scheme + "://" + matcher.group(2);
                    break;
                }
            }
        }
        if (guess.indexOf("://", "https://".length()) > 0) {
            // Another scheme altogether, such as ftp.
            return null;
        }
        try {
            URI uri = new URI(guess);
            return uri.getRawAuthority() == null || checked(uri).uri() == null ? null : guess;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static URI normal(URI uri) {
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        String authority = uri.getRawAuthority().toLowerCase(Locale.ROOT);
        return URI.create(scheme + "://" + authority + uri.getRawPath());
    }

    private static BackendUrl refused(String mistake) {
        return new BackendUrl(null, mistake);
    }
}
