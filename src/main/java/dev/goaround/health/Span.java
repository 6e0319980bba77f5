package dev.goaround.health;

import java.time.Duration;

/** A length of time as people say it: {@code 350ms}, {@code 1.5s}, {@code 12s}, {@code 3m}, {@code 5h}, {@code 2d}. */
public record Span(Duration length) {

    @Override
    public String toString() {
        long millis = Math.max(0, length.toMillis());
        if (millis < 1_000) {
            return millis + "ms";
        }
        long seconds = millis / 1_000;
        if (seconds < 10) {
            long tenths = millis % 1_000 / 100;
            return seconds + (tenths == 0 ? "s" : "." + tenths + "s");
        }
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3_600) {
            return seconds / 60 + "m";
        }
        return seconds < 86_400 ? seconds / 3_600 + "h" : seconds / 86_400 + "d";
    }
}
