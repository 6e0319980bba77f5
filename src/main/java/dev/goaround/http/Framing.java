package dev.goaround.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;

/**
 * Where the body of a message ends, as its fields say (RFC 9112 section 6.3). Fields that two readers could understand in two
 * ways are refused: that is what request smuggling is made of.
 */
final class Framing {

    /** The body comes in chunks. */
    static final long CHUNKED = -1;

    /** Nothing is said. */
    static final long UNSAID = -2;

    /** A length has fewer digits than this: 18 always fit. */
    private static final int MOST_DIGITS = 18;

    private Framing() {}

    /** Returns the length of the body, or {@link #CHUNKED}, or {@link #UNSAID}. */
    static long of(HttpHeaders headers, HttpVersion version) {
        long length = length(headers);
        if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return length;
        }
        if (length != UNSAID) {
            throw MalformedMessageException.syntax("both Content-Length and Transfer-Encoding are given");
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.size() != 1 || !"chunked".equalsIgnoreCase(codings.get(0))) {
            throw MalformedMessageException.syntax("the only transfer coding understood is chunked");
        }
        if (HttpVersion.HTTP_1_0.equals(version)) {
            throw MalformedMessageException.syntax("HTTP/1.0 has no transfer codings");
        }
        return CHUNKED;
    }

    /** Refuses a malformed length also where it delimits nothing, since it is passed on. */
    static void check(HttpHeaders headers) {
        length(headers);
    }

    /** Returns what {@code Content-Length} says, or {@link #UNSAID}. */
    private static long length(HttpHeaders headers) {
        String digits = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        if (digits == null) {
            return UNSAID;
        }
        if (digits.isEmpty() || digits.length() > MOST_DIGITS) {
            throw malformedLength();
        }
        long length = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw malformedLength();
            }
            length = 10 * length + digit;
        }
        if (headers.getAll(HttpHeaderNames.CONTENT_LENGTH).size() > 1) {
            throw malformedLength();
        }
        return length;
    }

    private static MalformedMessageException malformedLength() {
        return MalformedMessageException.syntax("Content-Length is malformed");
    }
}
