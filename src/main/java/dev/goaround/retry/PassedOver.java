package dev.goaround.retry;

/**
 * A backend that a request was not sent to when it was refused.
 *
 * @param backend id of the backend
 * @param reason why not, in a few words
 */
public record PassedOver(String backend, String reason) {}
