package dev.goaround.listen;

import dev.goaround.http.Problem;
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

    /** Its identifier, made when it is first asked for. */
    String id();

    /** The client's address, as far as it can be believed. */
    String client();

    /** The version of TLS that the client spoke, as the JDK names it, or null for none. */
    @Nullable
    String tlsVersion();

    /** Bytes of its body, or of what a tunnel carried from the client, that arrived. */
    long bytesIn();

    /** Bytes of the answer's body, or of what a tunnel carried to the client, that were written. */
    long bytesOut();

    /** Why GoAround answered itself, or null if it did not. */
    @Nullable
    Problem problem();

    /** Why there was no whole answer, or null if there was. */
    @Nullable
    Cut cut();

    /** Why an answer is not whole. */
    enum Cut {
        /** The client went away before it had all of it. */
        CLIENT_WENT_AWAY,
        /** The client did not take any more of it for too long. */
        CLIENT_TOO_SLOW,
        /** The backend broke off. */
        BACKEND_BROKE_OFF,
        /** The rest of the request was refused while it was answered. */
        REQUEST_REFUSED,
        /** GoAround stopped. */
        SHUTDOWN
    }

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
