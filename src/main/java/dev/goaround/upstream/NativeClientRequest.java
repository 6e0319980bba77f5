package dev.goaround.upstream;

import java.net.URI;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.util.CollectionUtils;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import reactor.core.publisher.Mono;

/**
 * An {@link UpstreamRequest} as the {@code WebClient} sees requests, without the copies that its builder would make.
 *
 * @param request what is sent
 * @param url the backend
 */
record NativeClientRequest(UpstreamRequest request, URI url) implements ClientRequest {

    @Override
    public HttpMethod method() {
        return HttpMethod.valueOf(request.head().method().name());
    }

    @Override
    public Mono<Void> writeTo(ClientHttpRequest output, ExchangeStrategies strategies) {
        ((ClientRequestSlot) output).fill(request);
        return Mono.empty();
    }

    @Override
    public HttpHeaders headers() {
        return HttpHeaders.EMPTY;
    }

    @Override
    public MultiValueMap<String, String> cookies() {
        return CollectionUtils.unmodifiableMultiValueMap(new LinkedMultiValueMap<>());
    }

    @Override
    public BodyInserter<?, ? super ClientHttpRequest> body() {
        return (output, context) -> writeTo(output, ExchangeStrategies.empty().build());
    }

    @Override
    public Map<String, Object> attributes() {
        return Map.of();
    }

    @Override
    public @Nullable Consumer<ClientHttpRequest> httpRequest() {
        return null;
    }

    @Override
    public String logPrefix() {
        return "";
    }
}
