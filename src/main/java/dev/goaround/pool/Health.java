package dev.goaround.pool;

import java.util.Locale;

/** Whether a backend is fit for traffic. */
public enum Health {
    /** It gets requests. */
    HEALTHY,
    /** It gets none, for it has failed or has not been found well yet. */
    DEGRADED,
    /** It gets no new ones, because it said so itself, and finishes those that it has. */
    DRAINING;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Returns the name as users read it. */
    public String label() {
        return label;
    }
}
