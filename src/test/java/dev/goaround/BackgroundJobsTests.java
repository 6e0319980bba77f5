package dev.goaround;

import static org.awaitility.Awaitility.await;

import dev.goaround.balance.Balancers;
import dev.goaround.health.BackendVersions;
import dev.goaround.health.HealthChecker;
import dev.goaround.health.HealthMonitor;
import dev.goaround.health.HealthSettings;
import dev.goaround.health.OutlierDetector;
import dev.goaround.health.PanicWatch;
import dev.goaround.health.Probe;
import dev.goaround.health.ProbeResult;
import dev.goaround.health.ProbeSchedule;
import dev.goaround.metrics.EventLoopDelays;
import dev.goaround.observe.TrafficHistory;
import dev.goaround.observe.TrafficRecorder;
import dev.goaround.pool.BackendPool;
import dev.goaround.testing.Pools;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;
import reactor.core.publisher.Mono;

class BackgroundJobsTests {

    private static final HealthSettings FAST = new HealthSettings(
            null,
            null,
            Duration.ofMillis(10),
            Duration.ofMillis(10),
            Duration.ofMillis(10),
            2,
            HealthSettings.Type.HTTP,
            null,
            true,
            false);

    @Test
    void probesBackendsOnATimer() {
        Clock clock = Clock.systemUTC();
        BackendPool pool = new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
        pool.replace(List.of(Pools.spec("http://a:1")));
        AtomicInteger probes = new AtomicInteger();
        Probe probe = backend -> Mono.fromSupplier(() -> {
            probes.incrementAndGet();
            return new ProbeResult(true, "200", Duration.ZERO, clock.instant());
        });
        HealthMonitor monitor = new HealthMonitor(pool, () -> FAST, clock);
        HealthChecker checker =
                new HealthChecker(pool, probe, monitor, new ProbeSchedule(() -> FAST, clock, new Random(1)));
        HealthWatch health = new HealthWatch(
                checker,
                new OutlierDetector(pool, monitor, () -> FAST),
                new PanicWatch(pool),
                new BackendVersions(pool, backend -> Mono.just(Optional.empty()), () -> FAST, clock));

        TrafficHistory history = new TrafficHistory(new TrafficRecorder(pool), System::nanoTime);
        EventLoopDelays delays = new EventLoopDelays(List::of, System::nanoTime);
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            context.register(Timers.class);
            context.registerBean(
                    BackgroundJobs.class,
                    () -> new BackgroundJobs(
                            health,
                            () -> {},
                            new SourceWatch(Pools.names(), null),
                            () -> {},
                            () -> {},
                            now -> {},
                            history,
                            delays,
                            Clock.systemUTC()));
            context.refresh();
            await().until(() -> probes.get() >= 3);
            await().until(() -> pool.snapshot().anyHealthy());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    static class Timers {}
}
