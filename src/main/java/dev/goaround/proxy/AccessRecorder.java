package dev.goaround.proxy;

import dev.goaround.accesslog.AccessEntry;
import dev.goaround.accesslog.AccessEntry.Phases;
import dev.goaround.accesslog.AccessLog;
import dev.goaround.http.Problem;
import dev.goaround.listen.ServedRequest;
import dev.goaround.pool.Backend;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Has requests logged when they have ended. Costs nothing where nothing is logged. */
public final class AccessRecorder {

    private final AccessLog log;
    private final Clock clock;

    public AccessRecorder(AccessLog log, Clock clock) {
        this.log = log;
        this.clock = clock;
    }

    /** Whether anything is logged. */
    boolean on() {
        return log.on();
    }

    /** @param trail null if it was refused before any of this package saw it */
    void ended(ServedRequest request, @Nullable RequestTrail trail) {
        if (!log.on()) {
            return;
        }
        HttpRequest head = request.head();
        Backend backend = trail == null ? null : trail.asked();
        Problem problem = request.problem();
        log.add(new AccessEntry(
                clock.millis() - TimeUnit.NANOSECONDS.toMillis(request.nanos()),
                request.id(),
                request.client(),
                head == null ? null : head.method().name(),
                head == null ? null : head.uri(),
                protocol(request.version()),
                request.status(),
                request.bytesIn(),
                request.bytesOut(),
                request.nanos(),
                trail == null ? Phases.NONE : trail.phases(),
                trail == null ? 0 : trail.count(),
                backend == null ? null : backend.id(),
                request.tlsVersion(),
                head == null ? null : head.headers().get(HttpHeaderNames.USER_AGENT),
                head == null ? null : head.headers().get(HttpHeaderNames.REFERER),
                request.cut() == null ? null : request.cut().name().toLowerCase(Locale.ROOT),
                problem == null ? null : problem.reason()));
    }

    private static String protocol(String version) {
        return switch (version) {
            case "1.0" -> "HTTP/1.0";
            case "1.1" -> "HTTP/1.1";
            case "2.0" -> "HTTP/2";
            default -> "HTTP/3";
        };
    }
}
