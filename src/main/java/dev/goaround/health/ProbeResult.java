package dev.goaround.health;

import java.time.Duration;
import java.time.Instant;

/**
 * How one probe of a backend went.
 *
 * @param detail what the backend answered or what went wrong, in a few words
 * @param took time from the start of the probe to its result
 * @param at when the result was known
 */
public record ProbeResult(boolean passed, String detail, Duration took, Instant at) {}
