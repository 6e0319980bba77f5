package dev.goaround.upstream;

import dev.goaround.pool.Outcome.Kind;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.ssl.SslClosedEngineException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Exceptions in a few words, for operators. */
final class Causes {

    private static final Logger log = LoggerFactory.getLogger(Causes.class);

    private Causes() {}

    /** What it means that a connection on which a request was running failed. */
    static Kind kind(Throwable cause) {
        if (cause instanceof VirtualMachineError || cause.getCause() instanceof VirtualMachineError) {
            // It is nothing about the backend, and nobody else will say so.
            log.error("a connection to a backend failed", cause);
        }
        boolean closed = cause instanceof IOException || cause instanceof PrematureChannelClosureException;
        return closed && !(cause instanceof SSLException) ? Kind.CLOSED : Kind.MALFORMED;
    }

    /** Whether it says no more than that nothing can be written any more, while there may be something to read. */
    static boolean unwritten(@Nullable Throwable cause) {
        return cause instanceof ChannelOutputShutdownException
                || cause instanceof ClosedChannelException
                || cause instanceof SslClosedEngineException;
    }

    /** Whether the backend refused the connection, as opposed to one that is not to be found. */
    static boolean refused(Throwable cause) {
        String message = cause.getMessage();
        return cause instanceof ConnectException
                && !(cause instanceof ConnectTimeoutException)
                && message != null
                && message.toLowerCase(Locale.ROOT).contains("refused");
    }

    static String describe(@Nullable Throwable cause) {
        if (cause == null) {
            return "unknown";
        }
        if (cause instanceof ConnectTimeoutException) {
            return "connecting timed out";
        }
        if (cause instanceof NoRouteToHostException) {
            return "no route to host";
        }
        if (cause instanceof ConnectException) {
            return "connection refused";
        }
        if (cause instanceof UnknownHostException) {
            return "name not resolved";
        }
        if (cause instanceof SSLException) {
            return "TLS: " + innermost(cause).getMessage();
        }
        if (cause instanceof PrematureChannelClosureException || cause instanceof ClosedChannelException) {
            return "closed by the backend";
        }
        if (cause instanceof TooLongFrameException) {
            return "response head too large";
        }
        String message = cause.getMessage();
        if (message != null && message.contains("reset by peer")) {
            return "reset by the backend";
        }
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private static Throwable innermost(Throwable cause) {
        Throwable inner = cause;
        while (inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }
}
