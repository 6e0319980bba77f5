package dev.goaround.proxy;

import dev.goaround.http.Problem;
import dev.goaround.listen.OutboundResponse;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** An answer of GoAround's own. */
record ProblemResponse(Problem problem) implements ServerResponse {

    @Override
    public Mono<Void> writeTo(ServerWebExchange exchange, Context context) {
        return ((OutboundResponse) exchange.getResponse()).send(problem);
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
