package dev.goaround.http;

import dev.goaround.http.MalformedMessage.Fault;

/** Bytes are not what a message may consist of. Without a stack trace, since what peers send is no mistake of ours. */
public final class MalformedMessageException extends RuntimeException {

    private final transient MalformedMessage found;

    public MalformedMessageException(Fault fault, String detail) {
        super(detail, null, false, false);
        this.found = new MalformedMessage(fault, detail);
    }

    public static MalformedMessageException syntax(String detail) {
        return new MalformedMessageException(Fault.SYNTAX, detail);
    }

    public MalformedMessage found() {
        return found;
    }
}
