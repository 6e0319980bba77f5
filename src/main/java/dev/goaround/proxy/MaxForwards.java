package dev.goaround.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.AsciiString;

/**
 * {@code Max-Forwards} on OPTIONS: how many more intermediaries a request may pass (RFC 9110 section 7.6.2). On other methods
 * it means nothing, and TRACE is not forwarded at all.
 */
final class MaxForwards {

    private static final AsciiString NAME = AsciiString.cached("Max-Forwards");
    private static final int MOST_DIGITS = 9;

    private MaxForwards() {}

    /** Counts the field down, and returns whether the request must not go further. What is no number is left alone. */
    static boolean reached(HttpRequest request) {
        if (!HttpMethod.OPTIONS.equals(request.method())) {
            return false;
        }
        HttpHeaders headers = request.headers();
        String value = headers.get(NAME);
        if (value == null || value.isEmpty() || value.length() > MOST_DIGITS || !digits(value)) {
            return false;
        }
        int left = Integer.parseInt(value);
        if (left > 0) {
            headers.set(NAME, Integer.toString(left - 1));
        }
        return left == 0;
    }

    private static boolean digits(String value) {
        return value.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
