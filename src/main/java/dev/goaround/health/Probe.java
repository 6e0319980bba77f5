package dev.goaround.health;

import dev.goaround.pool.Backend;
import reactor.core.publisher.Mono;

/** Asks a backend whether it is well. */
@FunctionalInterface
public interface Probe {

    /**
     * Returns the result of one probe, made when subscribed to. It never ends in an error: a failure is a result, and so
     * is a time-out. It neither blocks nor takes longer than the settings allow.
     */
    Mono<ProbeResult> probe(Backend backend);
}
