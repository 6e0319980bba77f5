package dev.goaround.upstream;

import java.net.URI;
import java.util.function.Function;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import reactor.core.publisher.Mono;

/** The way of the {@code WebClient} to one backend: its pooled connections, in place of a general HTTP client. */
final class BackendConnector implements ClientHttpConnector {

    private final BackendConnections connections;

    BackendConnector(BackendConnections connections) {
        this.connections = connections;
    }

    @Override
    public Mono<ClientHttpResponse> connect(
            HttpMethod method, URI uri, Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
        ClientRequestSlot slot = new ClientRequestSlot(method, uri);
        // The slot is filled within the call, so that there is nothing to wait for.
        var unused = requestCallback.apply(slot);
        return new UpstreamExchange(slot.request(), connections::acquire);
    }
}
