package dev.goaround.tracing;

import dev.goaround.pool.Outcome;
import io.netty.handler.codec.http.HttpHeaders;

/** The span of one attempt. Belongs to the request's event loop. */
public interface AttemptSpan {

    /** Has the header of a request name this span as its parent, in place of what it names. */
    void mark(HttpHeaders headers);

    /** The attempt has ended, and the span ends. */
    void ended(Outcome outcome);
}
