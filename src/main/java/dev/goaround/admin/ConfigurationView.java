package dev.goaround.admin;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of reading the configuration again, as the status endpoint shows it.
 *
 * @param reloadedAt when it was last read again and found good; left out of the JSON before that
 * @param reloads how often it was
 * @param mistakes why what was read last is not in force; none if it is
 * @param needsRestart what is set otherwise than it was at the start, and does not hold before a restart
 */
public record ConfigurationView(
        @Nullable Instant reloadedAt, long reloads, List<String> mistakes, List<String> needsRestart) {

    public ConfigurationView {
        reloadedAt = reloadedAt == null ? null : reloadedAt.truncatedTo(ChronoUnit.MILLIS);
        mistakes = List.copyOf(mistakes);
        needsRestart = List.copyOf(needsRestart);
    }

    /** Nothing has been read again. */
    public static ConfigurationView none() {
        return new ConfigurationView(null, 0, List.of(), List.of());
    }
}
