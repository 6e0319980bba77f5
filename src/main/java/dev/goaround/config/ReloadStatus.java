package dev.goaround.config;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of reading the configuration again.
 *
 * @param reloadedAt when it was read last and found good; null if it was not since the start
 * @param reloads how often it was
 * @param refused how often a mistake was found in it
 * @param mistakes why what was read last is not in force, a sentence each; nothing if it is
 * @param needsRestart what is set otherwise than it was at the start, and does not hold before a restart
 */
public record ReloadStatus(
        @Nullable Instant reloadedAt, long reloads, long refused, List<String> mistakes, List<String> needsRestart) {

    static final ReloadStatus NONE = new ReloadStatus(null, 0, 0, List.of(), List.of());

    public ReloadStatus {
        mistakes = List.copyOf(mistakes);
        needsRestart = List.copyOf(needsRestart);
    }
}
