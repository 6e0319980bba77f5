package dev.goaround;

import dev.goaround.config.ConfigurationReload;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.context.SmartLifecycle;
import reactor.core.scheduler.Schedulers;

/** Has the configuration looked at, and read again on SIGHUP, where a file system that hangs holds up nobody else. */
final class ConfigurationWatch implements SmartLifecycle {

    private final ConfigurationReload reload;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile boolean running;

    ConfigurationWatch(ConfigurationReload reload) {
        this.reload = reload;
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
        Signals.onHangUp(reload::reload);
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
