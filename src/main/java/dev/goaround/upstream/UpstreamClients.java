package dev.goaround.upstream;

import dev.goaround.pool.Backend;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
    private final Map<Backend, ExchangeFunction> clients = new ConcurrentHashMap<>();

    public UpstreamClients(Dialers dialers) {
        this.dialers = dialers;
    }

    /**
     * Sends a request to a backend.
     *
     * @return the answer as soon as its head is there, or an {@link AttemptFailedException}
     */
    public Mono<UpstreamResponse> exchange(Backend backend, UpstreamRequest request) {
        return clientFor(backend)
                .exchange(new NativeClientRequest(request, backend.spec().uri()))
                .map(response -> response.body((message, context) -> (UpstreamResponse) message));
    }

    private ExchangeFunction clientFor(Backend backend) {
        ExchangeFunction known = clients.get(backend);
        return known != null ? known : clients.computeIfAbsent(backend, this::newClient);
    }

    private ExchangeFunction newClient(Backend backend) {
        BackendConnections connections =
                new BackendConnections(backend, dialers.to(backend.spec()), dialers.tunnelsTo(backend.spec()));
        return ExchangeFunctions.create(new BackendConnector(connections));
    }
}
