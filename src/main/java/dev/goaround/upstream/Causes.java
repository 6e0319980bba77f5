package dev.goaround.upstream;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.TooLongFrameException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Exceptions in a few words, for operators. */
final class Causes {

    private Causes() {}

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
