package dev.goaround.retry;

import dev.goaround.pool.Phase;
import java.time.Duration;

/**
 * What became of one attempt of a request that operators may ask about.
 *
 * @param backend id of the backend
 * @param reused whether its connection had carried another request before
 * @param phase how far it got
 * @param took from the pick of the backend to the end, or to the head of the answer
 * @param result the answer's status, or what went wrong, in a few words
 */
public record Attempt(String backend, boolean reused, Phase phase, Duration took, String result) {}
