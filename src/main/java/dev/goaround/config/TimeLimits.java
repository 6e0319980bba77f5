package dev.goaround.config;

import java.time.Duration;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.convert.converter.Converter;

/** Reads durations as Spring Boot does, and {@code none} as zero: no limit, where there may be none. */
final class TimeLimits implements Converter<String, Duration> {

    private static final String NONE = "none";

    @Override
    public Duration convert(String text) {
        return none(text) ? Duration.ZERO : DurationStyle.detectAndParse(text.strip());
    }

    /** Whether a value says that there is no limit. */
    static boolean none(String text) {
        return NONE.equalsIgnoreCase(text.strip());
    }
}
