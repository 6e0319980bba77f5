package dev.goaround.listen;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The current time as RFC 9110 section 5.6.7 writes it, formatted once a second. */
final class HttpDate {

    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH);

    /** Anyone reads and writes; two that write at once write the same. */
    private static volatile Second current = new Second(0, "");

    private HttpDate() {}

    static String now() {
        long second = System.currentTimeMillis() / 1000;
        Second known = current;
        if (known.epochSecond() == second) {
            return known.text();
        }
        String text = ZonedDateTime.now(ZoneOffset.UTC).format(FORMAT);
        current = new Second(second, text);
        return text;
    }

    private record Second(long epochSecond, String text) {}
}
