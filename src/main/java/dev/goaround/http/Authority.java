package dev.goaround.http;

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
        int colon = authority.lastIndexOf(':');
        int end = colon > authority.lastIndexOf(']') ? colon : authority.length();
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

    /** RFC 3986 section 3.2.2. */
    private static boolean hostCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= '0' && c <= '9')
                || (c >= 'A' && c <= 'Z')
                || "-.:[]_~%!$&'()*+,;=".indexOf(c) >= 0;
    }
}
