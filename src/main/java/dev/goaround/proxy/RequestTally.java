package dev.goaround.proxy;

import dev.goaround.listen.InboundRequest;
import dev.goaround.listen.RequestObserver;
import dev.goaround.listen.ServedRequest;
import dev.goaround.observe.ClientProtocol;
import dev.goaround.observe.MethodClass;
import dev.goaround.observe.RequestOutcome;
import dev.goaround.observe.RetryReason;
import dev.goaround.observe.TrafficRecorder;
import dev.goaround.pool.Backend;
import dev.goaround.tracing.RequestSpan;
import dev.goaround.tracing.Tracing;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** Has clients' requests counted, logged and traced. Is told itself of those that were refused before any of this package saw them. */
public final class RequestTally implements RequestObserver {

    private final TrafficRecorder recorder;
    private final AccessRecorder access;
    private final Tracing tracing;

    public RequestTally(TrafficRecorder recorder, AccessRecorder access, Tracing tracing) {
        this.recorder = recorder;
        this.access = access;
        this.tracing = tracing;
    }

    /** Begins the span of a request; null if there is none. */
    @Nullable
    RequestSpan begin(InboundRequest request) {
        return tracing.begin(request);
    }

    /** Whether it matters when each part of a request has ended. */
    boolean timed() {
        return access.on();
    }

    @Override
    public void ended(ServedRequest request) {
        ended(request, null);
    }

    /** @param trail null if it was refused before any of this package saw it */
    void ended(ServedRequest request, @Nullable RequestTrail trail) {
        HttpRequest head = request.head();
        recorder.requestEnded(
                trail == null ? null : trail.asked(),
                head == null
                        ? MethodClass.UNKNOWN
                        : MethodClass.of(head.method().name()),
                request.status(),
                ClientProtocol.of(request.version()),
                outcome(request.ending()),
                request.nanos());
        access.ended(request, trail);
        RequestSpan span = trail == null ? null : trail.span();
        if (span != null) {
            span.ended(request);
        }
    }

    private static RequestOutcome outcome(ServedRequest.Ending ending) {
        return switch (ending) {
            case ANSWERED -> RequestOutcome.ANSWERED;
            case REFUSED -> RequestOutcome.REFUSED;
            case BROKEN -> RequestOutcome.BROKEN;
            case CANCELLED -> RequestOutcome.CANCELLED;
        };
    }

    void retried(Backend backend, RetryReason reason) {
        recorder.retried(backend, reason);
    }
}
