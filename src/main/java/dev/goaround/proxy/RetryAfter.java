package dev.goaround.proxy;

import dev.goaround.http.FieldNames;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/** For how long a backend that answers 503 asks to be left alone (RFC 9110 section 10.2.3). */
final class RetryAfter {

    /** A backend that is wrong about itself must not be lost for longer. */
    private static final long MOST_SECONDS = 30;

    private RetryAfter() {}

    /** Returns what the answer says, at most 30 s, or null if it says nothing that makes sense. */
    static @Nullable Duration of(HttpHeaders headers, Instant now) {
        String value = headers.get(FieldNames.RETRY_AFTER);
        if (value == null || value.isBlank()) {
            return null;
        }
        String trimmed = value.trim();
        long seconds;
        if (trimmed.chars().allMatch(c -> c >= '0' && c <= '9')) {
            seconds = trimmed.length() > 9 ? MOST_SECONDS : Long.parseLong(trimmed);
        } else {
            Date date = DateFormatter.parseHttpDate(trimmed);
            if (date == null) {
                return null;
            }
            seconds = Duration.between(now, date.toInstant()).toSeconds();
        }
        return seconds <= 0 ? null : Duration.ofSeconds(Math.min(seconds, MOST_SECONDS));
    }
}
