package dev.goaround.http;

import java.util.Locale;

/** The host and port that a request is for, as {@code Host} and absolute targets name them (RFC 9110 section 7.2). */
public final class Authority {

    /** Longer than any name that DNS knows, and short enough to be repeated in other fields. */
    private static final int LONGEST = 512;

    private Authority() {}

    /** Whether this is a host, or nothing, and perhaps a port; user information is not wanted here. */
    public static boolean valid(String authority) {
        if (authority.length() > LONGEST) {
            return false;
        }
        int colon = portColon(authority);
        int end = colon < 0 ? authority.length() : colon;
        for (int i = 0; i < end; i++) {
            if (!hostCharacter(authority.charAt(i))) {
                return false;
            }
        }
        for (int i = end + 1; i < authority.length(); i++) {
            if (authority.charAt(i) < '0' || authority.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether two authorities of URLs of that scheme are the same once they are normalized (RFC 9110 section 4.2.3): without regard to
     * case, and to whether the scheme's default port is named.
     */
    public static boolean same(String one, String other, String scheme) {
        return one.equalsIgnoreCase(other)
                || (host(one).equalsIgnoreCase(host(other)) && port(one, scheme).equals(port(other, scheme)));
    }

    private static String host(String authority) {
        int colon = portColon(authority);
        return colon < 0 ? authority : authority.substring(0, colon);
    }

    /** Returns the port without leading zeros, or the scheme's default where none is named; nothing if the scheme is not known. */
    private static String port(String authority, String scheme) {
        int colon = portColon(authority);
        String named = colon < 0 ? "" : authority.substring(colon + 1);
        if (named.isEmpty()) {
            return switch (scheme.toLowerCase(Locale.ROOT)) {
                case "http" -> "80";
                case "https" -> "443";
                default -> "";
            };
        }
        int digits = 0;
        while (digits < named.length() - 1 && named.charAt(digits) == '0') {
            digits++;
        }
        return named.substring(digits);
    }

    private static int portColon(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? colon : -1;
    }

    /** RFC 3986 section 3.2.2. */
    private static boolean hostCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= '0' && c <= '9')
                || (c >= 'A' && c <= 'Z')
                || "-.:[]_~%!$&'()*+,;=".indexOf(c) >= 0;
    }
}
