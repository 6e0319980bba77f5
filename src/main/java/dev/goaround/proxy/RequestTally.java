package dev.goaround.proxy;

import dev.goaround.listen.RequestObserver;
import dev.goaround.listen.ServedRequest;
import dev.goaround.observe.ClientProtocol;
import dev.goaround.observe.MethodClass;
import dev.goaround.observe.RequestOutcome;
import dev.goaround.observe.RetryReason;
import dev.goaround.observe.TrafficRecorder;
import dev.goaround.pool.Backend;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** Has clients' requests counted. Is told itself of those that were refused before any of this package saw them. */
public final class RequestTally implements RequestObserver {

    private final TrafficRecorder recorder;

    public RequestTally(TrafficRecorder recorder) {
        this.recorder = recorder;
    }

    @Override
    public void ended(ServedRequest request) {
        ended(request, null);
    }

    /** @param backend the one that answered, or was asked last; null if none was */
    void ended(ServedRequest request, @Nullable Backend backend) {
        HttpRequest head = request.head();
        recorder.requestEnded(
                backend,
                head == null
                        ? MethodClass.UNKNOWN
                        : MethodClass.of(head.method().name()),
                request.status(),
                ClientProtocol.of(request.version()),
                outcome(request.ending()),
                request.nanos());
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
