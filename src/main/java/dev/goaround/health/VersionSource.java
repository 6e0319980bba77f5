package dev.goaround.health;

import dev.goaround.pool.Backend;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** Asks a backend which version of its application runs. */
@FunctionalInterface
public interface VersionSource {

    /**
     * Returns the version, asked when subscribed to; empty if the backend does not tell. It never ends in an error, and
     * neither blocks nor takes longer than a probe.
     */
    Mono<Optional<String>> version(Backend backend);
}
