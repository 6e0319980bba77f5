package dev.goaround.listen;

import dev.goaround.settings.Requirements;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How GoAround stops ({@code goaround.shutdown.*}).
 *
 * @param announce How long it goes on accepting after SIGTERM, not ready, so that whatever sends it traffic can look
 *     away.
 * @param timeout Longest wait after that for requests in flight.
 */
public record ShutdownSettings(
        @DefaultValue("5s") Duration announce,
        @DefaultValue("25s") Duration timeout) {

    private static final Duration LONGEST = Duration.ofHours(24);

    public ShutdownSettings {
        new Requirements("goaround.shutdown")
                .that(within(announce), "announce", announce, "expected 0s to 24h")
                .that(within(timeout), "timeout", timeout, "expected 0s to 24h")
                .enforce();
    }

    private static boolean within(Duration value) {
        return !value.isNegative() && value.compareTo(LONGEST) <= 0;
    }
}
