package dev.goaround.membership;

import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Protocol;

/**
 * What holds for backends that do not say otherwise.
 *
 * @param maxConnections how much each is given at once
 * @param protocol what is spoken to them
 * @param http1Only whether nothing but HTTP/1.1 can be spoken to any of them, since connections say for which client they are
 */
public record BackendDefaults(MaxConnections maxConnections, Protocol protocol, boolean http1Only) {}
