package dev.goaround.proxy;

import dev.goaround.listen.OutboundResponse;
import dev.goaround.upstream.UpstreamResponse;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * A backend's answer as it is.
 *
 * <p>Spring's own responses evaluate conditional requests and re-encode cookies, which is the backend's affair here.
 */
record ProxiedResponse(UpstreamResponse response) implements ServerResponse {

    @Override
    public Mono<Void> writeTo(ServerWebExchange exchange, Context context) {
        return ((OutboundResponse) exchange.getResponse()).send(response.head(), response.body());
    }

    @Override
    public HttpStatusCode statusCode() {
        return response.getStatusCode();
    }

    @Override
    public HttpHeaders headers() {
        return response.getHeaders();
    }

    @Override
    public MultiValueMap<String, ResponseCookie> cookies() {
        return response.getCookies();
    }
}
