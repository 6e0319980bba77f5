package dev.goaround;

import dev.goaround.membership.FileSource;
import dev.goaround.membership.Names;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Schedulers;

/** What looks for changes of the sources of backends on a timer. */
final class SourceWatch {

    private static final Logger log = LoggerFactory.getLogger(SourceWatch.class);

    private final Names names;
    private final @Nullable FileSource file;
    private final AtomicBoolean looking = new AtomicBoolean();

    /** @param file the file of backends, or null if there is none */
    SourceWatch(Names names, @Nullable FileSource file) {
        this.names = names;
        this.file = file;
    }

    /** Asks for the names whose answers hold no longer. */
    void resolve() {
        names.round();
    }

    /** Reads the file at once, whether or not a change has settled. Blocks while it reads. */
    void reload() {
        FileSource watched = file;
        if (watched != null) {
            watched.reload();
        }
    }

    /** Starts a look at the file, unless the one before still goes on: a file system that hangs holds up nobody else. */
    void look() {
        FileSource watched = file;
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
