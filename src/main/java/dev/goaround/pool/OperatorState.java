package dev.goaround.pool;

import java.util.Locale;

/** What an operator has said of a backend, whatever its health. */
public enum OperatorState {

    /** It gets traffic while it is healthy. */
    READY,

    /** It finishes what it has and keeps the clients that stay with it, but gets nothing else. */
    DRAINING,

    /** It gets nothing. */
    DISABLED;

    /** The name that settings and the status use: {@code ready}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
