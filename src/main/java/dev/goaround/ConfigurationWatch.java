package dev.goaround;

import dev.goaround.config.ConfigurationReload;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.scheduler.Schedulers;

/** Has the configuration looked at, and read again on SIGHUP, where a file system that hangs holds up nobody else. */
final class ConfigurationWatch implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ConfigurationWatch.class);

    private final ConfigurationReload reload;
    private final List<Runnable> others;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile boolean running;

    /** @param others what SIGHUP has read again besides */
    ConfigurationWatch(ConfigurationReload reload, List<Runnable> others) {
        this.reload = reload;
        this.others = List.copyOf(others);
    }

    /** Starts a look, unless the one before still goes on. */
    void look() {
        if (running && looking.compareAndSet(false, true)) {
            Schedulers.boundedElastic().schedule(() -> {
                try {
                    reload.look();
                } finally {
                    looking.set(false);
                }
            });
        }
    }

    @Override
    public void start() {
        running = true;
        Signals.onHangUp(this::hungUp);
    }

    /** One that fails does not keep the others from their turn. */
    private void hungUp() {
        others.forEach(task -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.error("not everything could be read again on SIGHUP", e);
            }
        });
        reload.reload();
    }

    @Override
    public void stop() {
        running = false;
        Signals.onHangUp(Signals.NOTHING);
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
