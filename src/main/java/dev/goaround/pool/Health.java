package dev.goaround.pool;

/** Whether a backend is fit for traffic. */
public enum Health {
    HEALTHY,
    DEGRADED;

    /** Returns the name as users read it. */
    public String label() {
        return this == HEALTHY ? "healthy" : "degraded";
    }
}
