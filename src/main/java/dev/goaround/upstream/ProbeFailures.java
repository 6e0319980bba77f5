package dev.goaround.upstream;

import dev.goaround.health.Span;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why a probe failed, in a few words: messages of libraries are long, name addresses, and change. */
final class ProbeFailures {

    private ProbeFailures() {}

    static String inWords(Throwable error, Duration timeout) {
        // Netty's time-out is a ConnectException as well, so that time-outs come first.
        if (silent(error)) {
            return "timed out after " + new Span(timeout);
        }
        if (cause(error, SSLException.class) != null) {
            return "TLS: " + handshake(error);
        }
        if (error instanceof UnknownHostException) {
            return "name not resolved";
        }
        if (error instanceof IOException) {
            return connection(error);
        }
        return error.getClass().getSimpleName();
    }

    /** Whether it is no more than that nothing came in time. */
    static boolean silent(Throwable error) {
        return error instanceof TimeoutException || error instanceof ConnectTimeoutException;
    }

    private static String handshake(Throwable error) {
        if (cause(error, NotSslRecordException.class) != null) {
            return "the backend does not speak it";
        }
        if (cause(error, CertificateExpiredException.class) != null) {
            return "certificate expired";
        }
        if (cause(error, CertPathValidatorException.class) != null || mentions(error, "path building failed")) {
            return "certificate not trusted";
        }
        if (cause(error, CertificateException.class) != null) {
            return mentions(error, "no subject alternative") || mentions(error, "no name matching")
                    ? "certificate is for another name"
                    : "certificate refused";
        }
        return "handshake failed";
    }

    private static String connection(Throwable error) {
        if (error instanceof NoRouteToHostException || mentions(error, "no route to host")) {
            return "no route to host";
        }
        if (error instanceof ConnectException) {
            return mentions(error, "refused") ? "refused" : "unreachable";
        }
        return mentions(error, "reset") ? "reset" : "connection broken";
    }

    /** Whether a message among the causes has these words, whatever their case. */
    private static boolean mentions(Throwable error, String words) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            String message = each.getMessage();
            if (message != null && message.toLowerCase(Locale.ROOT).contains(words)) {
                return true;
            }
        }
        return false;
    }

    private static <T extends Throwable> @Nullable T cause(Throwable error, Class<T> type) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (type.isInstance(each)) {
                return type.cast(each);
            }
        }
        return null;
    }
}
