package dev.goaround.upstream;

import dev.goaround.http.StreamFault;
import dev.goaround.pool.Outcome;
import org.springframework.web.reactive.function.client.WebClientException;

/** An attempt ended without the head of a response. Carries how; has no stack trace, for it is an ordinary event. */
public final class AttemptFailedException extends WebClientException implements StreamFault {

    private final transient Outcome.Failed failure;

    AttemptFailedException(Outcome.Failed failure) {
        super(failure.detail());
        this.failure = failure;
    }

    public Outcome.Failed failure() {
        return failure;
    }

    @Override
    public long streamError() {
        return failure.circumstances().streamError();
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
