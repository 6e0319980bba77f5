package dev.goaround.settings;

import org.jspecify.annotations.Nullable;

/**
 * A setting that was refused.
 *
 * @param key full key, such as {@code goaround.health.fall}
 * @param value the refused value as text; null if the mistake is that there is none
 * @param expected what is wrong with it or what would be right, such as {@code expected >= 1}
 */
public record Mistake(String key, @Nullable String value, String expected) {

    @Override
    public String toString() {
        return value == null ? key + ": " + expected : key + " " + value + ": " + expected;
    }
}
