package dev.goaround.observe;

/** How a client's request ended. */
public enum RequestOutcome {
    /** The client got the answer of a backend. */
    ANSWERED,
    /** It got an answer of GoAround's own. */
    REFUSED,
    /** Its answer broke off. */
    BROKEN,
    /** It went away before that. */
    CANCELLED
}
