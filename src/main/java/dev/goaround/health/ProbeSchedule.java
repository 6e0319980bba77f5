package dev.goaround.health;

import dev.goaround.pool.Health;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * When backends are probed.
 *
 * <p>Every wait is up to a tenth longer or shorter than set, so that neither several backends nor several load balancers
 * fall into step with each other. Those that join together, or get well together, are in step already: their next wait is
 * anything up to what is set.
 */
public final class ProbeSchedule {

    private static final double JITTER = 0.1;

    private final Supplier<HealthSettings> settings;
    private final Clock clock;
    private final RandomGenerator random;

    public ProbeSchedule(Supplier<HealthSettings> settings, Clock clock, RandomGenerator random) {
        this.settings = settings;
        this.clock = clock;
        this.random = random;
    }

    Instant now() {
        return clock.instant();
    }

    /** When to probe a backend that was last probed, or that changed its health, at that time. */
    Instant after(Instant last, Health health) {
        return jittered(last, interval(health));
    }

    /** When to probe a backend next that may be in step with many others since that time. */
    Instant spread(Instant since, Health health) {
        return since.plusNanos((long) (interval(health).toNanos() * random.nextDouble()));
    }

    /** When to probe a healthy backend again that has failed a probe at that time: so soon that one that is gone is not in use for long. */
    Instant doubted(Instant failed) {
        return jittered(failed, settings.get().degradedInterval().dividedBy(2));
    }

    /** When a backend may be probed out of turn again, if it was so at that time. */
    Instant afterConfirmation(Instant last) {
        return last.plus(settings.get().degradedInterval());
    }

    /** Whether no schedule made now would be so late: the settings were shortened or the clock was set back. */
    boolean tooFarOff(Instant due, Instant now, Health health) {
        return due.isAfter(now.plusNanos((long) (interval(health).toNanos() * (1 + JITTER))));
    }

    /** The longest wait for one probe. */
    Duration timeout() {
        return settings.get().timeout();
    }

    private Instant jittered(Instant last, Duration wait) {
        double factor = 1 + JITTER * (2 * random.nextDouble() - 1);
        return last.plusNanos((long) (wait.toNanos() * factor));
    }

    private Duration interval(Health health) {
        HealthSettings now = settings.get();
        return health == Health.HEALTHY ? now.interval() : now.degradedInterval();
    }
}
