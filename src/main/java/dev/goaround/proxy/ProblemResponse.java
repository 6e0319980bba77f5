package dev.goaround.proxy;

import dev.goaround.http.Problem;
import dev.goaround.listen.OutboundResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * An answer of GoAround's own.
 *
 * @param more fields that it carries besides
 */
record ProblemResponse(Problem problem, io.netty.handler.codec.http.HttpHeaders more) implements ServerResponse {

    ProblemResponse(Problem problem) {
        this(problem, EmptyHttpHeaders.INSTANCE);
    }

    @Override
    public Mono<Void> writeTo(ServerWebExchange exchange, Context context) {
        return ((OutboundResponse) exchange.getResponse()).send(problem, more);
    }

    @Override
    public HttpStatusCode statusCode() {
        return HttpStatusCode.valueOf(problem.status().code());
    }

    @Override
    public HttpHeaders headers() {
        return HttpHeaders.EMPTY;
    }

    @Override
    public MultiValueMap<String, ResponseCookie> cookies() {
        return new LinkedMultiValueMap<>();
    }
}
