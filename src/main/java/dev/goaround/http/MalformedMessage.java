package dev.goaround.http;

/**
 * What comes in place of the rest of a message that can't be understood, or is not to be. Nothing that follows on its
 * connection is looked at.
 *
 * @param fault what is wrong
 * @param detail the same in a few words, without anything of the message's own
 */
public record MalformedMessage(Fault fault, String detail) {

    /** Kinds of faults, which are answered differently. */
    public enum Fault {
        /** Not HTTP/1, or not unambiguous. */
        SYNTAX,
        /** Another major version of HTTP. */
        VERSION,
        /** The start line is too long. */
        LINE_TOO_LONG,
        /** The header or trailer section is too large. */
        FIELDS_TOO_LARGE,
        /** The header or trailer section has too many fields. */
        TOO_MANY_FIELDS
    }
}
