package dev.goaround.accesslog;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes times in UTC, to the second, and remembers the latest, since most entries of a second come one after the other. For one thread. */
final class SecondFormat {

    private final DateTimeFormatter pattern;
    private long second = -1;
    private String text = "";

    /** @param pattern as {@link DateTimeFormatter} has it */
    SecondFormat(String pattern) {
        this.pattern = DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
    }

    /** @param millis since the epoch */
    String text(long millis) {
        long of = Math.floorDiv(millis, 1000);
        if (of != second) {
            second = of;
            text = pattern.format(Instant.ofEpochSecond(of));
        }
        return text;
    }
}
