package dev.goaround.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One element of a {@code Forwarded} field: what one proxy has said of the request that it received (RFC 7239 section 4).
 *
 * @param text the element as it was received
 * @param node value of its {@code for} parameter, or null for none
 * @param host value of its {@code host} parameter, or null for none
 * @param proto value of its {@code proto} parameter, or null for none
 */
public record ForwardedElement(
        String text,
        @Nullable String node,
        @Nullable String host,
        @Nullable String proto) {

    /** Returns the elements of a field, none for an empty one; or null if it is malformed, so that different servers would read it differently. */
    public static @Nullable List<ForwardedElement> list(String field) {
        List<ForwardedElement> elements = new ArrayList<>(4);
        Reader reader = new Reader(field);
        while (!reader.atEnd()) {
            ForwardedElement element = reader.element();
            if (element == null) {
                return null;
            }
            if (!element.text.isEmpty()) {
                elements.add(element);
            }
        }
        return elements;
    }

    /** Returns the values of the {@code for} parameters of those that have one. */
    public static List<String> nodes(List<ForwardedElement> elements) {
        List<String> nodes = new ArrayList<>(elements.size());
        for (ForwardedElement element : elements) {
            if (element.node != null) {
                nodes.add(element.node);
            }
        }
        return nodes;
    }

    /** Reads a field from its beginning to its end. Takes IPv6 addresses and ports without quotes as well, since proxies write them so. */
    private static final class Reader {

        private final String field;
        private int at;

        Reader(String field) {
            this.field = field;
        }

        boolean atEnd() {
            return at >= field.length();
        }

        /** Returns the next element, or null if it is malformed. */
        @Nullable
        ForwardedElement element() {
            int begin = at;
            String node = null;
            String host = null;
            String proto = null;
            while (true) {
                blanks();
                String name = token("=;,");
                if (!name.isEmpty()) {
                    String value = value();
                    if (value == null) {
                        return null;
                    }
                    switch (name.toLowerCase(Locale.ROOT)) {
                        case "for" -> {
                            if (node != null) {
                                return null;
                            }
                            node = value;
                        }
                        case "host" -> {
                            if (host != null) {
                                return null;
                            }
                            host = value;
                        }
                        case "proto" -> {
                            if (proto != null) {
                                return null;
                            }
                            proto = value;
                        }
                        default -> {
                            // Others are for those who know them.
                        }
                    }
                    blanks();
                }
                if (atEnd() || field.charAt(at) == ',') {
                    String text = field.substring(begin, at).strip();
                    at++;
                    return new ForwardedElement(text, node, host, proto);
                }
                if (field.charAt(at) != ';') {
                    return null;
                }
                at++;
            }
        }

        private void blanks() {
            while (!atEnd() && (field.charAt(at) == ' ' || field.charAt(at) == '\t')) {
                at++;
            }
        }

        private String token(String ends) {
            int begin = at;
            while (!atEnd()
                    && ends.indexOf(field.charAt(at)) < 0
                    && field.charAt(at) > ' '
                    && field.charAt(at) != '"') {
                at++;
            }
            return field.substring(begin, at);
        }

        /** Returns what follows an equals sign, or null if nothing does. */
        private @Nullable String value() {
            if (atEnd() || field.charAt(at) != '=') {
                return null;
            }
            at++;
            if (atEnd() || field.charAt(at) != '"') {
                String value = token(";,");
                return value.isEmpty() ? null : value;
            }
            StringBuilder value = new StringBuilder();
            for (at++; !atEnd() && field.charAt(at) != '"'; at++) {
                if (field.charAt(at) == '\\' && ++at >= field.length()) {
                    return null;
                }
                value.append(field.charAt(at));
            }
            if (atEnd()) {
                return null;
            }
            at++;
            return value.toString();
        }
    }
}
