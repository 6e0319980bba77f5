package dev.goaround.admin;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The guard in front of all management endpoints and the status page: the form of requests, the host that they name, and the right to
 * change something, whatever endpoint it is that changes. Failures behind it become one sentence for the client and one line of the log.
 */
final class ManagementGuard implements WebFilter, Ordered {

    private static final Logger LOG = LoggerFactory.getLogger(ManagementGuard.class);

    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private final Supplier<@Nullable List<String>> roots;
    private final Function<ServerHttpRequest, Caller> callers;
    private final ChangeRights rights;

    /** @param roots gives the paths that are guarded with all below them, or null for every path */
    ManagementGuard(
            Supplier<@Nullable List<String>> roots, Function<ServerHttpRequest, Caller> callers, ChangeRights rights) {
        this.roots = roots;
        this.callers = callers;
        this.rights = rights;
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpRequest request = exchange.getRequest();
        if (!guarded(request)) {
            return chain.filter(exchange);
        }
        RefusedRequestException refused = HeadRules.fault(request, callers.apply(request));
        if (refused == null) {
            refused = rights.refusedToRead(request);
        }
        if (refused != null) {
            return JsonAnswer.problem(exchange, refused);
        }
        Mono<Void> handled = SAFE.contains(request.getMethod())
                ? chain.filter(exchange)
                : Mono.fromCallable(() -> rights.writer(request))
                        .subscribeOn(Schedulers.boundedElastic())
                        .doOnNext(by -> request.getAttributes().put(ChangeRights.WRITER, by))
                        .flatMap(by -> chain.filter(exchange));
        return handled.onErrorResume(failure -> failed(exchange, failure));
    }

    private boolean guarded(ServerHttpRequest request) {
        List<String> guarded = roots.get();
        if (guarded == null) {
            return true;
        }
        String path = RoutedPath.of(request);
        return guarded.stream().anyMatch(root -> RoutedPath.within(path, root));
    }

    private static Mono<Void> failed(ServerWebExchange exchange, Throwable failure) {
        if (exchange.getResponse().isCommitted()) {
            return Mono.error(failure);
        }
        exchange.getResponse().getHeaders().clear();
        if (failure instanceof ErrorResponse known && known.getStatusCode().value() != 500) {
            exchange.getResponse().getHeaders().putAll(known.getHeaders());
        }
        return JsonAnswer.problem(exchange, refusal(exchange.getRequest(), failure));
    }

    private static RefusedRequestException refusal(ServerHttpRequest request, Throwable failure) {
        if (failure instanceof RefusedRequestException refused) {
            return refused;
        }
        if (failure instanceof ErrorResponse known) {
            HttpStatus status = HttpStatus.resolve(known.getStatusCode().value());
            if (status != null && status != HttpStatus.INTERNAL_SERVER_ERROR) {
                return new RefusedRequestException(status, sentence(status));
            }
        }
        if (failure instanceof InvalidMimeTypeException || failure instanceof InvalidMediaTypeException) {
            return RefusedRequestException.badRequest("a media type of the request is malformed");
        }
        LOG.warn("{} {} could not be handled: {}", request.getMethod(), request.getPath(), failure.toString());
        LOG.debug("the failure of the request before", failure);
        return new RefusedRequestException(HttpStatus.INTERNAL_SERVER_ERROR, "the request could not be handled");
    }

    private static String sentence(HttpStatus status) {
        return switch (status) {
            case NOT_FOUND -> "there is nothing at this path";
            case METHOD_NOT_ALLOWED -> "the method is not supported at this path";
            case NOT_ACCEPTABLE -> "there is no representation of a type that the Accept header allows";
            case UNSUPPORTED_MEDIA_TYPE -> "the type of the body is not supported at this path";
            case CONTENT_TOO_LARGE -> "the body is too large";
            default -> "the request could not be handled";
        };
    }
}
