package dev.goaround.http;

/** What broke off a body, if that was the reset of a stream. */
public interface StreamFault {

    /** The error code of the reset (RFC 9113 section 7), or -1 if there was none. */
    long streamError();
}
