package dev.goaround.listen;

import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** A client's request that has ended, for those who count or log. Valid only while they are told of it. */
public interface ServedRequest {

    /** Its request line and fields, which forwarding has changed meanwhile; null if it could not be read so far. */
    @Nullable
    HttpRequest head();

    /** The version of HTTP that the client spoke: 1.0, 1.1, 2.0 or 3.0. */
    String version();

    /** The status that the client got, or 0 if it got none. */
    int status();

    Ending ending();

    /** From its head to the end of its answer, in nanoseconds. */
    long nanos();

    /** How a request may end. */
    enum Ending {
        /** The application's answer was written whole, or has switched protocols. */
        ANSWERED,
        /** An answer that says why there is no other was written. */
        REFUSED,
        /** The answer broke off. */
        BROKEN,
        /** The client went away before that. */
        CANCELLED
    }
}
