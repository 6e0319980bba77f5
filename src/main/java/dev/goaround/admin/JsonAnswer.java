package dev.goaround.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Answers in JSON, whatever {@code spring.jackson} says. */
final class JsonAnswer {

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private JsonAnswer() {}

    static Mono<Void> ok(ServerWebExchange exchange, Object answer) {
        return answer(exchange, HttpStatus.OK, MediaType.APPLICATION_JSON, answer);
    }

    /** Says why a request is refused (RFC 9457). */
    static Mono<Void> problem(ServerWebExchange exchange, RefusedRequestException refused) {
        HttpStatus status = refused.status();
        if (status == HttpStatus.UNAUTHORIZED) {
            exchange.getResponse().getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"goaround\"");
        }
        return answer(
                exchange,
                status,
                MediaType.APPLICATION_PROBLEM_JSON,
                new Problem(status.getReasonPhrase(), status.value(), refused.sentence(), refused.mistakes()));
    }

    private static Mono<Void> answer(ServerWebExchange exchange, HttpStatus status, MediaType type, Object body) {
        ServerHttpResponse response = exchange.getResponse();
        byte[] json = MAPPER.writeValueAsBytes(body);
        response.setStatusCode(status);
        response.getHeaders().setContentType(type);
        response.getHeaders().setCacheControl(CacheControl.noStore());
        response.getHeaders().setContentLength(json.length);
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(json)));
    }

    private record Problem(
            String title,
            int status,
            String detail,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> mistakes) {

        Problem {
            mistakes = List.copyOf(mistakes);
        }
    }
}
