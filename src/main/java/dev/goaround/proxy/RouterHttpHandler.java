package dev.goaround.proxy;

import java.util.List;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.result.view.ViewResolver;
import reactor.core.publisher.Mono;

/**
 * The shortest way from the traffic port to a {@link RouterFunction}: without the filters, observations, codecs and
 * handler mappings of a general application, which have nothing to do on a port that only forwards.
 */
final class RouterHttpHandler implements HttpHandler {

    private static final ServerResponse.Context NO_CODECS = new ServerResponse.Context() {
        @Override
        public List<HttpMessageWriter<?>> messageWriters() {
            return List.of();
        }

        @Override
        public List<ViewResolver> viewResolvers() {
            return List.of();
        }
    };

    private final RouterFunction<ServerResponse> router;

    RouterHttpHandler(RouterFunction<ServerResponse> router) {
        this.router = router;
    }

    @Override
    public Mono<Void> handle(ServerHttpRequest request, ServerHttpResponse response) {
        ForwardExchange exchange = new ForwardExchange(request, response);
        ServerRequest routed = ServerRequest.create(exchange, List.of());
        return router.route(routed)
                .flatMap(handler -> handler.handle(routed))
                .flatMap(answer -> answer.writeTo(exchange, NO_CODECS));
    }
}
