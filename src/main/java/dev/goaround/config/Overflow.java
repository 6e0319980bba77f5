package dev.goaround.config;

import dev.goaround.pool.MaxConnections;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * Values that are well written, but larger than their type can hold. The largest of the type stands in for one, so that its
 * setting refuses it in the same words as every other that is too large.
 */
final class Overflow {

    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+");
    private static final Pattern DURATION = Pattern.compile("(?i)[+-]?[0-9]+(ns|us|ms|s|m|h|d)?");
    private static final Pattern SIZE = Pattern.compile("[+-]?[0-9]+(B|KB|MB|GB|TB)?");

    private Overflow() {}

    /** Returns what stands in for a value that could not be converted; null if that is not because of its size. */
    static @Nullable Object standIn(Class<?> type, @Nullable String value) {
        if (value == null) {
            return null;
        }
        String text = value.strip();
        boolean negative = text.startsWith("-");
        if (type == Integer.class) {
            return NUMBER.matcher(text).matches() ? (negative ? Integer.MIN_VALUE : Integer.MAX_VALUE) : null;
        }
        if (type == MaxConnections.class) {
            int most = negative ? Integer.MIN_VALUE : Integer.MAX_VALUE;
            return NUMBER.matcher(text).matches() ? MaxConnections.valueOf(most) : null;
        }
        if (type == Duration.class) {
            Duration longest = Duration.ofMillis(Long.MAX_VALUE);
            return DURATION.matcher(text).matches() ? (negative ? longest.negated() : longest) : null;
        }
        if (type == DataSize.class) {
            long most = negative ? Long.MIN_VALUE : Long.MAX_VALUE;
            return SIZE.matcher(text).matches() ? DataSize.ofBytes(most) : null;
        }
        return null;
    }
}
