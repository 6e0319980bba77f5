package dev.goaround.limit;

/** A request has not been given a backend's place. Has no stack trace, for it is an ordinary event under load. */
public final class NotAdmittedException extends RuntimeException {

    /** Why a request was turned away. */
    public enum Reason {
        /** As many wait as may, or a newer request has taken its place in the queue. */
        QUEUE_FULL,
        /** It has waited for as long as requests may. */
        QUEUE_TIME
    }

    private final Reason reason;

    NotAdmittedException(Reason reason) {
        super(
                reason == Reason.QUEUE_FULL ? "the queue is full" : "waited too long for a free backend",
                null,
                false,
                false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
