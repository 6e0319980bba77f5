package dev.goaround.health;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Health;

/** Learns what probes find, and how the health of backends changes. */
public interface HealthObserver {

    /** A probe has ended. Must neither block nor throw. */
    void probed(Backend backend, ProbeResult result);

    /**
     * A backend's health has changed. Must neither block nor throw.
     *
     * @param cause the kind of evidence that changed it: {@code probe}, {@code announcement}, {@code gateway_errors}, {@code broken}
     *     or {@code outlier}
     * @param ejection whether live traffic alone took the backend out
     */
    void flipped(Backend backend, Health to, String cause, boolean ejection);
}
