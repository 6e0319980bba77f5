package dev.goaround.health;

import java.time.Duration;
import java.time.Instant;

/**
 * How one probe ended.
 *
 * @param passed whether the backend is well
 * @param detail the answer or the failure in a few words, for operators: {@code 200}, {@code refused},
 *     {@code timed out after 1s}, {@code status: DOWN}
 * @param took from its start to its end
 * @param at when it started
 */
public record ProbeResult(boolean passed, String detail, Duration took, Instant at) {}
