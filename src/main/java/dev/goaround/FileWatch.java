package dev.goaround;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Schedulers;

/** Has certificate files looked at on a timer, where a file system that hangs holds up nothing else. */
final class FileWatch {

    private static final Logger log = LoggerFactory.getLogger(FileWatch.class);

    private final Runnable task;
    private final AtomicBoolean looking = new AtomicBoolean();

    FileWatch(Runnable task) {
        this.task = task;
    }

    /** Starts a look, unless the one before still goes on. */
    void look() {
        if (looking.compareAndSet(false, true)) {
            Schedulers.boundedElastic().schedule(this::run);
        }
    }

    private void run() {
        try {
            task.run();
        } catch (RuntimeException e) {
            log.error("certificate files can't be looked at: {}", e.getMessage(), e);
        } finally {
            looking.set(false);
        }
    }
}
