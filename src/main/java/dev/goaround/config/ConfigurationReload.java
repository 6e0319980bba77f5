package dev.goaround.config;

import dev.goaround.settings.InvalidSettingsException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.LogLevel;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Reads the configuration again when its files have changed, or when it is told to. If all of it is good, it is in force at
 * once as far as that goes without a restart; otherwise nothing changes.
 *
 * <p>Files are compared by their content, so that it does not matter how they are changed. A change counts once two looks in a
 * row have found it the same: a file that is being written may look like a good one, only shorter. All of this blocks, and belongs
 * on no event loop.
 */
public final class ConfigurationReload {

    private static final Logger log = LoggerFactory.getLogger(ConfigurationReload.class);

    /** Each time files may name other files. */
    private static final int MOST_READINGS = 5;

    private final ConfigurableEnvironment running;
    private final ConfigurationFiles files;
    private final LiveSettings live;
    private final GoAroundProperties started;
    private final BiConsumer<String, @Nullable LogLevel> logging;
    private final Clock clock;

    private LogLevels levels;

    /** What the latest look found; null before the first. */
    private @Nullable Map<Path, String> seen;

    /** What was read last. */
    private Map<Path, String> judged = Map.of();

    /** Written by whoever reads, holding this object's lock. */
    private volatile ReloadStatus status = ReloadStatus.NONE;

    /**
     * @param running what GoAround was started with
     * @param live the settings that this gave
     * @param logging sets the level of a logger; null for that of its parent
     */
    public ConfigurationReload(
            ConfigurableEnvironment running,
            LiveSettings live,
            BiConsumer<String, @Nullable LogLevel> logging,
            Clock clock) {
        this.running = running;
        this.files = new ConfigurationFiles(running);
        this.live = live;
        this.started = live.get();
        this.levels = LogLevels.of(running);
        this.logging = logging;
        this.clock = clock;
    }

    /** What came of it so far. */
    public ReloadStatus status() {
        return status;
    }

    /** Looks whether a file has changed since it was read, and reads them all if so. */
    public synchronized void look() {
        if (seen == null) {
            // A file may have changed while GoAround was starting.
            judge(false);
            seen = judged;
            return;
        }
        Map<Path, String> now = files.contents();
        boolean settled = now.equals(seen);
        seen = now;
        if (settled && !now.equals(judged)) {
            judge(true);
        }
    }

    /** Reads all files now, changed or not. */
    public synchronized void reload() {
        log.debug("the configuration is read again");
        judge(true);
        seen = judged;
    }

    /** @param counts whether this is a reload, and not the first look */
    private void judge(boolean counts) {
        try {
            ConfigurableEnvironment fresh = read();
            GoAroundProperties wanted = SettingsReader.read(fresh, started);
            LogLevels wantedLevels = LogLevels.of(fresh);
            GoAroundProperties next = withoutRestart(wanted);
            List<Difference> differences = SettingsTree.differences(live.get(), next);
            if (!differences.isEmpty()) {
                live.replace(next);
            }
            List<String> changed = lines(differences, wantedLevels.apply(levels, logging));
            levels = wantedLevels;
            if (!changed.isEmpty()) {
                log.info("settings have changed: {}", String.join("; ", changed));
            }
            accepted(counts || !changed.isEmpty(), needingRestart(fresh, wanted));
        } catch (InvalidConfigurationException e) {
            refused(e.sentences());
        } catch (RuntimeException e) {
            log.error("the configuration could not be read again", e);
            refused(List.of("it could not be read: " + e.getMessage()));
        }
    }

    private ConfigurableEnvironment read() {
        for (int reading = 1; ; reading++) {
            judged = files.contents();
            ConfigurableEnvironment fresh = files.read();
            Map<Path, String> now = files.contents();
            boolean same = now.keySet().equals(judged.keySet());
            if (same || reading == MOST_READINGS) {
                return fresh;
            }
        }
    }

    private GoAroundProperties withoutRestart(GoAroundProperties wanted) {
        try {
            return SettingsTree.merged(started, wanted, LiveKeys::live);
        } catch (InvalidSettingsException e) {
            throw new InvalidConfigurationException(e.mistakes().stream()
                    .map(mistake -> mistake + " (until a restart, which other changes need)")
                    .toList());
        }
    }

    private List<String> needingRestart(ConfigurableEnvironment fresh, GoAroundProperties wanted) {
        Stream<Difference> ours = SettingsTree.differences(started, wanted).stream()
                .filter(difference -> !LiveKeys.live(difference.key()));
        return Stream.concat(SpringKeys.differences(running, fresh).stream(), ours)
                .map(Difference::toString)
                .toList();
    }

    private void accepted(boolean counts, List<String> needsRestart) {
        ReloadStatus before = status;
        if (!needsRestart.isEmpty() && !needsRestart.equals(before.needsRestart())) {
            log.warn(
                    "{}",
                    needsRestart.stream()
                            .map(difference -> difference + " needs a restart")
                            .collect(Collectors.joining("; ")));
        }
        status = new ReloadStatus(
                counts ? clock.instant() : before.reloadedAt(),
                before.reloads() + (counts ? 1 : 0),
                before.refused(),
                List.of(),
                needsRestart);
    }

    private void refused(List<String> mistakes) {
        ReloadStatus before = status;
        log.warn("the settings before stay: {}", String.join("; ", mistakes));
        status = new ReloadStatus(
                before.reloadedAt(), before.reloads(), before.refused() + 1, mistakes, before.needsRestart());
    }

    private static List<String> lines(List<Difference> one, List<Difference> other) {
        List<String> lines = new ArrayList<>();
        one.forEach(difference -> lines.add(difference.toString()));
        other.forEach(difference -> lines.add(difference.toString()));
        return lines;
    }
}
