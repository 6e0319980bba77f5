package dev.goaround.pool;

import org.jspecify.annotations.Nullable;

/** How much one backend is given at once: the value of a setting, a number or {@code adaptive}. */
public final class MaxConnections {

    /** Most connections that a backend may be given. */
    public static final int HIGHEST = 1_000_000;

    /** What an adaptive limit never exceeds. */
    public static final int ADAPTIVE_MOST = 1024;

    /** Where an adaptive limit begins. */
    public static final int ADAPTIVE_FIRST = 20;

    private static final String ADAPTIVE = "adaptive";

    private final int most;
    private final boolean adaptive;

    private MaxConnections(int most, boolean adaptive) {
        this.most = most;
        this.adaptive = adaptive;
    }

    /** Returns what a setting says: a number, or {@code adaptive}. The name by which Spring's conversion finds it. */
    public static MaxConnections valueOf(String text) {
        return text.strip().equalsIgnoreCase(ADAPTIVE)
                ? new MaxConnections(ADAPTIVE_MOST, true)
                : new MaxConnections(Integer.parseInt(text.strip()), false);
    }

    /** Returns a fixed limit; the name by which Spring's conversion finds it for a number of YAML. */
    public static MaxConnections valueOf(Integer most) {
        return new MaxConnections(most, false);
    }

    /** Most connections open to a backend, and most requests running on it. */
    public int most() {
        return most;
    }

    /** Whether the requests are fewer than that where the backend's response times say that more would only wait. */
    public boolean adaptive() {
        return adaptive;
    }

    /** Whether there can be such a limit. */
    public boolean valid() {
        return most >= 1 && most <= HIGHEST;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MaxConnections limit && limit.most == most && limit.adaptive == adaptive;
    }

    @Override
    public int hashCode() {
        return 31 * most + Boolean.hashCode(adaptive);
    }

    @Override
    public String toString() {
        return adaptive ? ADAPTIVE : Integer.toString(most);
    }
}
