package dev.goaround.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How long a gRPC client waits for its answer, as the field {@code grpc-timeout} says: up to eight digits and a unit. */
final class GrpcTimeout {

    private static final int MOST_DIGITS = 8;

    /** As long as for ever, and still a number of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private GrpcTimeout() {}

    /** Returns the time, or null if the request is none of gRPC's or does not say. */
    static @Nullable Duration of(HttpHeaders headers) {
        String value = headers.get("grpc-timeout");
        if (value == null || !headers.get(HttpHeaderNames.CONTENT_TYPE, "").startsWith("application/grpc")) {
            return null;
        }
        int unit = value.length() - 1;
        if (unit < 1 || unit > MOST_DIGITS || !value.chars().limit(unit).allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        long count = Long.parseLong(value.substring(0, unit));
        return switch (value.charAt(unit)) {
            case 'H' -> shortened(Duration.ofHours(count));
            case 'M' -> shortened(Duration.ofMinutes(count));
            case 'S' -> shortened(Duration.ofSeconds(count));
            case 'm' -> Duration.ofMillis(count);
            case 'u' -> Duration.ofNanos(1000 * count);
            case 'n' -> Duration.ofNanos(count);
            default -> null;
        };
    }

    private static Duration shortened(Duration time) {
        return time.compareTo(LONGEST) < 0 ? time : LONGEST;
    }
}
