package dev.goaround.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What clients send in {@code Cookie} (RFC 6265 section 4.2), read for one of them and otherwise left alone. */
final class Cookies {

    private static final int MAX_VALUES = 4;

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

    /** Returns the values of all cookies of that name, which differ by path or domain, the most specific first. */
    static List<String> values(HttpHeaders headers, String name) {
        List<String> values = new ArrayList<>(1);
        Iterator<String> fields = headers.valueStringIterator(HttpHeaderNames.COOKIE);
        while (fields.hasNext() && values.size() < MAX_VALUES) {
            String field = fields.next();
            for (String cookie : field.indexOf(name) < 0 ? new String[0] : field.split(";", -1)) {
                String value = value(cookie, name);
                if (value != null && values.size() < MAX_VALUES) {
                    values.add(value);
                }
            }
        }
        return values;
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
