package dev.goaround.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** What clients send in {@code Cookie} (RFC 6265 section 4.2), read for one of them and otherwise left alone. */
final class Cookies {

    private Cookies() {}

    /** Returns the value of the first cookie of that name, or null. HTTP/2 clients may send each in a field of its own. */
    static @Nullable String value(HttpHeaders headers, String name) {
        Iterator<String> fields = headers.valueStringIterator(HttpHeaderNames.COOKIE);
        while (fields.hasNext()) {
            String value = value(fields.next(), name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private static @Nullable String value(String field, String name) {
        int at = 0;
        while (at < field.length()) {
            while (at < field.length() && (field.charAt(at) == ' ' || field.charAt(at) == '\t')) {
                at++;
            }
            int end = field.indexOf(';', at);
            end = end < 0 ? field.length() : end;
            int equals = at + name.length();
            if (equals < end && field.charAt(equals) == '=' && field.startsWith(name, at)) {
                return field.substring(equals + 1, end).trim();
            }
            at = end + 1;
        }
        return null;
    }
}
