package dev.goaround.accesslog;

import org.jspecify.annotations.Nullable;

/**
 * An object of JSON per request. What there is nothing to say of is left out. Written by hand: the fields are few, and a general writer
 * would not keep to ASCII.
 */
final class JsonFormat implements LineFormat {

    private static final String HEX = "0123456789abcdef";

    private final boolean query;
    private final SecondFormat time = new SecondFormat("yyyy-MM-dd'T'HH:mm:ss");

    JsonFormat(boolean query) {
        this.query = query;
    }

    @Override
    public void append(AccessEntry entry, StringBuilder line) {
        line.append("{\"time\":\"").append(time.text(entry.at()));
        thousandths(entry.at(), line);
        line.append("Z\"");
        text("requestId", entry.id(), line);
        text("client", entry.client(), line);
        text("method", entry.method(), line);
        String target = entry.target();
        if (target != null) {
            text("path", Target.path(target), line);
            if (query && target.indexOf('?') >= 0) {
                text("query", Target.query(target), line);
            }
        }
        text("protocol", entry.protocol(), line);
        number("status", entry.status(), line);
        number("bytesIn", entry.bytesIn(), line);
        number("bytesOut", entry.bytesOut(), line);
        millis("durationMillis", entry.nanos(), line);
        millis("queueMillis", entry.phases().queue(), line);
        millis("connectMillis", entry.phases().connect(), line);
        millis("firstByteMillis", entry.phases().firstByte(), line);
        millis("bodyMillis", entry.phases().body(), line);
        number("attempts", entry.attempts(), line);
        text("backend", entry.backend(), line);
        text("tlsVersion", entry.tlsVersion(), line);
        text("userAgent", entry.userAgent(), line);
        String referer = entry.referer();
        text("referer", referer == null || query ? referer : Target.path(referer), line);
        text("cancelled", entry.cancelled(), line);
        text("problem", entry.problem(), line);
        line.append("}\n");
    }

    private static void number(String name, long value, StringBuilder line) {
        line.append(",\"").append(name).append("\":").append(value);
    }

    private static void millis(String name, long nanos, StringBuilder line) {
        if (nanos >= 0) {
            long micros = nanos / 1000;
            line.append(",\"").append(name).append("\":").append(micros / 1000);
            thousandths(micros, line);
        }
    }

    private static void thousandths(long value, StringBuilder line) {
        int rest = (int) Math.floorMod(value, 1000L);
        line.append('.').append((char) ('0' + rest / 100));
        line.append((char) ('0' + rest / 10 % 10)).append((char) ('0' + rest % 10));
    }

    private static void text(String name, @Nullable String value, StringBuilder line) {
        if (value == null) {
            return;
        }
        line.append(",\"").append(name).append("\":\"");
        // As a rule nothing is to be escaped, and the whole text is copied at once.
        int copied = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c >= 0x7f || c == '"' || c == '\\') {
                escape(c, line.append(value, copied, i));
                copied = i + 1;
            }
        }
        line.append(value, copied, value.length()).append('"');
    }

    private static void escape(char c, StringBuilder line) {
        if (c == '"' || c == '\\') {
            line.append('\\').append(c);
            return;
        }
        line.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
            line.append(HEX.charAt(c >> shift & 0xf));
        }
    }
}
