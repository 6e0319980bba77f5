package dev.goaround.config;

import org.jspecify.annotations.Nullable;

/**
 * A setting that has another value.
 *
 * @param key full key, such as {@code goaround.health.interval}
 * @param before its value as a user would write it; null if it was not set
 * @param after its value now, likewise
 */
record Difference(
        String key, @Nullable String before, @Nullable String after) {

    private static final int LONGEST = 200;

    /** In a few words; values that look the same are too long or too secret to be shown. */
    @Override
    public String toString() {
        String was = shown(before);
        String is = shown(after);
        return was.equals(is) ? key + ": changed" : key + ": " + was + " -> " + is;
    }

    private String shown(@Nullable String value) {
        if (value == null) {
            return "unset";
        }
        if (SettingSource.isSecret(key)) {
            return "******";
        }
        return value.length() <= LONGEST ? value : value.substring(0, LONGEST) + "...";
    }
}
