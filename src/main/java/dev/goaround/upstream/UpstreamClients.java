package dev.goaround.upstream;

import dev.goaround.pool.Backend;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeFunctions;
import reactor.core.publisher.Mono;

/**
 * The {@code WebClient} towards each backend.
 *
 * <p>It is used through its {@link ExchangeFunction}, which is the part of it that a proxy needs: no URI templates, no
 * codecs, no default headers.
 */
public final class UpstreamClients {

    private final Dialers dialers;
    private final Map<Backend, Client> clients = new ConcurrentHashMap<>();

    public UpstreamClients(Dialers dialers) {
        this.dialers = dialers;
    }

    /**
     * Sends a request to a backend.
     *
     * @return the answer as soon as its head is there, or an {@link AttemptFailedException}
     */
    public Mono<UpstreamResponse> exchange(Backend backend, UpstreamRequest request) {
        Client client = clientFor(backend);
        if (client == null) {
            return Mono.error(new AttemptFailedException(BackendConnections.GONE));
        }
        return client.way()
                .exchange(new NativeClientRequest(request, backend.spec().uri()))
                .map(response -> response.body((message, context) -> (UpstreamResponse) message));
    }

    /** Closes the idle connections to a backend that leaves, and those in use once they are idle. */
    void leaving(Backend backend) {
        Client client = clients.get(backend);
        if (client != null) {
            client.connections().leaving(true);
        }
    }

    /** A backend that left is back. */
    void staying(Backend backend) {
        Client client = clients.get(backend);
        if (client != null) {
            client.connections().leaving(false);
        }
    }

    /** Closes all connections to a backend that is gone, and forgets it. */
    void gone(Backend backend) {
        Client client = clients.remove(backend);
        if (client != null) {
            client.connections().close();
        }
    }

    /** Returns what is known of the backend, which begins with its first request, or null if it is gone. */
    private @Nullable Client clientFor(Backend backend) {
        Client known = clients.get(backend);
        return known != null ? known : clients.computeIfAbsent(backend, this::newClient);
    }

    private @Nullable Client newClient(Backend backend) {
        if (backend.gone()) {
            return null;
        }
        BackendConnections connections =
                new BackendConnections(backend, dialers.to(backend.spec()), dialers.tunnelsTo(backend.spec()));
        return new Client(ExchangeFunctions.create(new BackendConnector(connections)), connections);
    }

    private record Client(ExchangeFunction way, BackendConnections connections) {}
}
