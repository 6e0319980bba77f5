package dev.goaround.settings;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The conditions that a group of settings must meet. A record's compact constructor states them and ends with
 * {@link #enforce()}, so that a user learns of every mistake in one go. For one thread.
 */
public final class Requirements {

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(365);

    private final String group;
    private final List<Mistake> mistakes = new ArrayList<>();

    /** Starts the conditions of one group, such as {@code goaround.health}. */
    public Requirements(String group) {
        this.group = group;
    }

    /** Requires a condition to hold for the key, which is relative to the group. */
    public Requirements that(boolean met, String key, @Nullable Object value, String expected) {
        if (!met) {
            mistakes.add(new Mistake(group + "." + key, value == null ? null : SettingText.of(value), expected));
        }
        return this;
    }

    /** Requires a number from {@code least} to {@code most}. */
    public Requirements range(String key, long value, long least, long most) {
        return that(value >= least && value <= most, key, value, "expected " + least + " to " + most);
    }

    /**
     * Requires a time-out or interval that is worth the name: a millisecond or more, because finer ones would be rounded
     * to zero, which means "none" further down. Unset ({@code null}) is fine.
     */
    public Requirements duration(String key, @Nullable Duration value) {
        // Compared as they are: a long of nanoseconds would overflow at 292 years.
        boolean met = value == null || (value.compareTo(SHORTEST) >= 0 && value.compareTo(LONGEST) <= 0);
        return that(met, key, value, "expected 1ms to 365d");
    }

    /** Requires a {@link #duration} as well, or zero, where that means "none". */
    public Requirements durationOrZero(String key, @Nullable Duration value) {
        boolean met =
                value == null || value.isZero() || (value.compareTo(SHORTEST) >= 0 && value.compareTo(LONGEST) <= 0);
        return that(met, key, value, "expected 0s to 365d");
    }

    /** Adds the mistakes found elsewhere. */
    public Requirements all(List<Mistake> found) {
        mistakes.addAll(found);
        return this;
    }

    /** Ends the conditions: throws {@link InvalidSettingsException} with all that were not met. */
    public void enforce() {
        if (!mistakes.isEmpty()) {
            throw new InvalidSettingsException(mistakes);
        }
    }
}
