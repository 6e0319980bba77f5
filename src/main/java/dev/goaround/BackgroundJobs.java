package dev.goaround;

import dev.goaround.health.HealthChecker;
import org.springframework.scheduling.annotation.Scheduled;

/** Everything that runs on a timer. None of it may block: what takes time only starts here. */
final class BackgroundJobs {

    private final HealthChecker healthChecker;

    BackgroundJobs(HealthChecker healthChecker) {
        this.healthChecker = healthChecker;
    }

    /** Ticks often enough for intervals of a second with a tenth of jitter. */
    @Scheduled(fixedDelay = 100)
    void probeBackends() {
        healthChecker.round();
    }
}
