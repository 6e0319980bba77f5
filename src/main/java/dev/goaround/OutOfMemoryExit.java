package dev.goaround;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Ends the process when the heap is used up: what is left of it would accept connections and serve nobody. The exit code is that of
 * {@code -XX:+ExitOnOutOfMemoryError}, which a jar can't set for itself.
 *
 * <p>An error arrives where it is thrown, which may be anywhere, and most places catch and log it: so that log is where it is looked
 * for, and in the handler for what nobody has caught. Whoever calls for it has no memory, so that nothing is allocated from there on.
 */
final class OutOfMemoryExit {

    static final int EXIT_CODE = 3;

    private static final byte[] LAST_WORDS = "GoAround ends: out of memory (exit code 3), start it with a larger -Xmx\n"
            .getBytes(StandardCharsets.US_ASCII);

    private static final int MAX_CAUSES = 10;

    private final FileOutputStream err = new FileOutputStream(FileDescriptor.err);

    /** Ends the process on errors that reach the top of a thread. */
    void handleUncaught() {
        Thread.UncaughtExceptionHandler former = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> {
            check(thrown);
            if (former != null) {
                former.uncaughtException(thread, thrown);
            } else {
                LoggerFactory.getLogger(OutOfMemoryExit.class).error("{} has ended", thread.getName(), thrown);
            }
        });
    }

    /** Ends the process on errors that are logged; to be called when logging has been set up. */
    void handleLogged() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext context
                && context.getTurboFilterList().stream().noneMatch(Filter.class::isInstance)) {
            context.addTurboFilter(new Filter());
        }
    }

    /** Ends the process if this is such an error, or was caused by one. */
    void check(@Nullable Throwable thrown) {
        if (usedUp(thrown)) {
            try {
                err.write(LAST_WORDS);
            } catch (IOException | OutOfMemoryError unheard) {
                // Nobody listens.
            } finally {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
        }
    }

    /** What has no room outside of the heap, for a buffer or a thread, is such an error too, but may have some a moment later. */
    static boolean usedUp(@Nullable Throwable thrown) {
        Throwable cause = thrown;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (cause.getClass() == OutOfMemoryError.class && aboutHeap(cause.getMessage())) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static boolean aboutHeap(@Nullable String message) {
        return message == null
                || message.contains("heap space")
                || message.contains("GC overhead")
                || message.contains("etaspace");
    }

    /** Looks at each error that is logged. Most calls log none, and cost a look at one argument. */
    private final class Filter extends TurboFilter {

        @Override
        public FilterReply decide(
                Marker marker, Logger logger, Level level, String format, Object[] arguments, Throwable thrown) {
            if (thrown != null) {
                check(thrown);
            } else if (arguments != null
                    && arguments.length > 0
                    && arguments[arguments.length - 1] instanceof Throwable last) {
                check(last);
            }
            return FilterReply.NEUTRAL;
        }
    }
}
