package dev.goaround;

import dev.goaround.metrics.EventLoopDelays;
import dev.goaround.observe.TrafficHistory;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.springframework.scheduling.annotation.Scheduled;

/** Everything that runs on a timer. None of it may block for long: what takes time only starts here. */
final class BackgroundJobs {

    private final HealthWatch health;
    private final Runnable seeOff;
    private final SourceWatch sources;
    private final Runnable configuration;
    private final Runnable reload;
    private final Consumer<Instant> expiryWarning;
    private final TrafficHistory history;
    private final EventLoopDelays delays;
    private final Clock clock;

    BackgroundJobs(
            HealthWatch health,
            Runnable seeOff,
            SourceWatch sources,
            Runnable configuration,
            Runnable reload,
            Consumer<Instant> expiryWarning,
            TrafficHistory history,
            EventLoopDelays delays,
            Clock clock) {
        this.health = health;
        this.seeOff = seeOff;
        this.sources = sources;
        this.configuration = configuration;
        this.reload = reload;
        this.expiryWarning = expiryWarning;
        this.history = history;
        this.delays = delays;
        this.clock = clock;
    }

    /** Ticks often enough for intervals of a second with a tenth of jitter. */
    @Scheduled(fixedDelay = 100)
    void probeBackends() {
        health.checker().round();
        health.panic().look();
    }

    @Scheduled(fixedDelay = 100)
    void seeOff() {
        seeOff.run();
    }

    /** Counts in slices of a second. */
    @Scheduled(fixedRate = 1, timeUnit = TimeUnit.SECONDS)
    void findOutliers() {
        health.outliers().evaluate();
    }

    @Scheduled(fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
    void askForVersions() {
        health.versions().look();
    }

    @Scheduled(fixedDelay = 100)
    void resolveNames() {
        sources.resolve();
    }

    /** A change counts when two looks have seen it. */
    @Scheduled(fixedDelay = 250)
    void lookForBackends() {
        sources.look();
    }

    @Scheduled(fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
    void lookAtConfiguration() {
        configuration.run();
    }

    /** Looks at a few files; no event loop waits for that. */
    @Scheduled(fixedDelay = 2, timeUnit = TimeUnit.SECONDS)
    void reloadCertificates() {
        reload.run();
    }

    @Scheduled(fixedRate = 1, timeUnit = TimeUnit.SECONDS)
    void measureEventLoops() {
        delays.measure();
    }

    /** {@link TrafficHistory#SLOT}. */
    @Scheduled(fixedRate = 10, initialDelay = 10, timeUnit = TimeUnit.SECONDS)
    void endSlotOfHistory() {
        history.advance();
    }

    @Scheduled(fixedDelay = 12, timeUnit = TimeUnit.HOURS)
    void warnOfCertificates() {
        expiryWarning.accept(clock.instant());
    }
}
