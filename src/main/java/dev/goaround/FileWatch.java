package dev.goaround;

import dev.goaround.membership.FileSource;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Schedulers;

/** Has the file of backends looked at where a file system that hangs holds up nobody else. */
final class FileWatch {

    private static final Logger log = LoggerFactory.getLogger(FileWatch.class);

    private final @Nullable FileSource source;
    private final AtomicBoolean looking = new AtomicBoolean();

    /** @param source the file, or null if there is none */
    FileWatch(@Nullable FileSource source) {
        this.source = source;
    }

    /** Starts a look, unless the one before still goes on. */
    void look() {
        FileSource watched = source;
        if (watched != null && looking.compareAndSet(false, true)) {
            Schedulers.boundedElastic().schedule(() -> look(watched));
        }
    }

    private void look(FileSource watched) {
        try {
            watched.look();
        } catch (RuntimeException e) {
            log.error("the file of backends can't be looked at: {}", e.getMessage(), e);
        } finally {
            looking.set(false);
        }
    }
}
