package dev.goaround.upstream;

import java.net.URI;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import reactor.core.publisher.Mono;

/**
 * The {@code WebClient}'s view of a request while it is put together: a slot into which
 * {@link NativeClientRequest} puts the {@link UpstreamRequest}.
 *
 * <p>Spring's own ways to fill a request would copy and re-encode it, so they are refused.
 */
final class ClientRequestSlot implements ClientHttpRequest {

    private final HttpMethod method;
    private final URI uri;
    private @Nullable UpstreamRequest request;

    ClientRequestSlot(HttpMethod method, URI uri) {
        this.method = method;
        this.uri = uri;
    }

    void fill(UpstreamRequest filled) {
        this.request = filled;
    }

    UpstreamRequest request() {
        if (request == null) {
            throw new IllegalStateException("the request has not been filled in");
        }
        return request;
    }

    @Override
    public HttpMethod getMethod() {
        return method;
    }

    @Override
    public URI getURI() {
        return uri;
    }

    @Override
    public HttpHeaders getHeaders() {
        return HttpHeaders.EMPTY;
    }

    @Override
    public MultiValueMap<String, HttpCookie> getCookies() {
        return new LinkedMultiValueMap<>();
    }

    @Override
    public Map<String, Object> getAttributes() {
        return Map.of();
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T> T getNativeRequest() {
        return (T) this;
    }

    @Override
    public DataBufferFactory bufferFactory() {
        return DefaultDataBufferFactory.sharedInstance;
    }

    @Override
    public void beforeCommit(Supplier<? extends Mono<Void>> action) {
        throw refused();
    }

    @Override
    public boolean isCommitted() {
        return request != null;
    }

    @Override
    public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
        throw refused();
    }

    @Override
    public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
        throw refused();
    }

    @Override
    public Mono<Void> setComplete() {
        throw refused();
    }

    private static UnsupportedOperationException refused() {
        return new UnsupportedOperationException("requests to backends are filled in natively");
    }
}
