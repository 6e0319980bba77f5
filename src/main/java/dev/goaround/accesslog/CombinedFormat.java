package dev.goaround.accesslog;

import org.jspecify.annotations.Nullable;

/** Apache's combined log format, with its escapes: {@code \"}, {@code \\} and {@code \xHH} for what is not printable ASCII. */
final class CombinedFormat implements LineFormat {

    private static final String HEX = "0123456789abcdef";

    private final boolean query;
    private final SecondFormat time = new SecondFormat("dd/MMM/yyyy:HH:mm:ss '+0000'");

    CombinedFormat(boolean query) {
        this.query = query;
    }

    @Override
    public void append(AccessEntry entry, StringBuilder line) {
        escape(entry.client(), line, true);
        line.append(" - - [").append(time.text(entry.at())).append("] \"");
        request(entry, line);
        line.append("\" ").append(entry.status() == 0 ? "-" : Integer.toString(entry.status()));
        line.append(' ').append(entry.bytesOut() == 0 ? "-" : Long.toString(entry.bytesOut()));
        quoted(entry.referer() == null || query ? entry.referer() : Target.path(entry.referer()), line);
        quoted(entry.userAgent(), line);
        line.append('\n');
    }

    private void request(AccessEntry entry, StringBuilder line) {
        String target = entry.target();
        if (entry.method() == null || target == null) {
            line.append('-');
            return;
        }
        escape(entry.method(), line, false);
        line.append(' ');
        escape(query ? target : Target.path(target), line, false);
        line.append(' ').append(entry.protocol());
    }

    private static void quoted(@Nullable String text, StringBuilder line) {
        line.append(" \"");
        escape(text == null ? "" : text, line, false);
        line.append('"');
    }

    /** @param spaces whether they are escaped as well */
    private static void escape(String text, StringBuilder line, boolean spaces) {
        if (text.isEmpty()) {
            line.append('-');
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if ((c > ' ' && c < 0x7f) || (c == ' ' && !spaces)) {
                line.append(c);
            } else {
                // Texts of requests have one character per byte.
                line.append("\\x").append(HEX.charAt(c >> 4 & 0xf)).append(HEX.charAt(c & 0xf));
            }
        }
    }
}
