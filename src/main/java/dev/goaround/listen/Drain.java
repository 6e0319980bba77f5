package dev.goaround.listen;

import dev.goaround.settings.SettingText;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Stops the traffic port without losing a request, before anything else of the application stops.
 *
 * <p>First it goes on as before for {@code goaround.shutdown.announce}, while readiness is down and every answer closes
 * its connection; then it refuses connections and waits for requests in flight, at most
 * {@code goaround.shutdown.timeout}.
 */
public final class Drain implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Drain.class);

    private final TrafficServerFactory factory;
    private final Supplier<ShutdownSettings> current;
    private volatile boolean running;

    public Drain(TrafficServerFactory factory, Supplier<ShutdownSettings> settings) {
        this.factory = factory;
        this.current = settings;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop(Runnable callback) {
        running = false;
        TrafficServer server = factory.server().orElse(null);
        if (server == null || server.getPort() < 0) {
            callback.run();
            return;
        }
        ShutdownSettings settings = current.get();
        log.info(
                "stopping: not ready, accepting for {} more, then finishing requests for at most {}",
                SettingText.of(settings.announce()),
                SettingText.of(settings.timeout()));
        server.announceStop();
        CompletableFuture.runAsync(
                        () -> {},
                        CompletableFuture.delayedExecutor(settings.announce().toNanos(), TimeUnit.NANOSECONDS))
                .thenCompose(announced -> server.stopAccepting())
                .completeOnTimeout(
                        null, settings.announce().plus(settings.timeout()).toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((done, failure) -> {
                    int left = server.running();
                    if (left > 0) {
                        log.warn(
                                "requests that did not finish within {} and are cut: {}",
                                SettingText.of(settings.timeout()),
                                left);
                    }
                    callback.run();
                });
    }

    @Override
    public void stop() {
        // The asynchronous form is the one that the container calls.
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stops first: health probes, the management port and everything else are still needed while requests finish. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
