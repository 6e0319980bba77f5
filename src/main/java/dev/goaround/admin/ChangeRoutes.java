package dev.goaround.admin;

import dev.goaround.membership.Edit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Mono;

/**
 * Which requests change something at {@code /actuator/goaround}, or read what has changed. Actuator's own endpoints can't replace
 * (PUT), and read nothing from a body but the parts of an object; so these come before them, and leave them the rest.
 */
final class ChangeRoutes implements HandlerMapping, Ordered {

    private static final String HISTORY = "/changes";
    private static final String UNDO = "/undo";

    /**
     * Where the endpoint is, which is asked once there are requests.
     *
     * @param root gives its path, or null if it is not exposed
     * @param writable gives whether it may be more than read
     */
    record Place(Supplier<@Nullable String> root, BooleanSupplier writable) {}

    private final Place place;
    private final Changes changes;

    ChangeRoutes(Place place, Changes changes) {
        this.place = place;
        this.changes = changes;
    }

    /** Before Actuator's, which answers a method that it does not know with 405. */
    @Override
    public int getOrder() {
        return -200;
    }

    @Override
    public Mono<Object> getHandler(ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        String below = below(request);
        WebHandler handler = below == null ? null : handler(request, below);
        return Mono.justOrEmpty(handler);
    }

    /** The path below that of the endpoint, or null if it is another's. */
    private @Nullable String below(ServerHttpRequest request) {
        String path = RoutedPath.of(request);
        String own = place.root().get();
        return own != null && RoutedPath.within(path, own) ? path.substring(own.length()) : null;
    }

    private @Nullable WebHandler handler(ServerHttpRequest request, String below) {
        HttpMethod method = request.getMethod();
        if (HttpMethod.GET.equals(method) || HttpMethod.HEAD.equals(method)) {
            return below.equals(HISTORY) ? exchange -> JsonAnswer.ok(exchange, changes.history()) : null;
        }
        return place.writable().getAsBoolean() ? change(method, below) : null;
    }

    private @Nullable WebHandler change(HttpMethod method, String below) {
        if (HttpMethod.PUT.equals(method)) {
            return below.isEmpty() ? withBody(changes::replace) : null;
        }
        if (HttpMethod.POST.equals(method) && below.isEmpty()) {
            return withBody(changes::add);
        }
        if (HttpMethod.POST.equals(method) && below.startsWith(HISTORY + "/") && below.endsWith(UNDO)) {
            String number = below.substring(
                    HISTORY.length() + 1, Math.max(HISTORY.length() + 1, below.length() - UNDO.length()));
            return withoutBody(() -> changes.undo(number));
        }
        String id = below.isEmpty() ? "" : below.substring(1);
        if (id.isEmpty() || id.contains("/") || below.equals(HISTORY)) {
            return null;
        }
        if (HttpMethod.POST.equals(method)) {
            return withBody(body -> changes.set(id, body));
        }
        return HttpMethod.DELETE.equals(method) ? withoutBody(() -> changes.remove(id)) : null;
    }

    private WebHandler withBody(Function<byte[], Edit> edit) {
        return exchange -> ChangeRequest.of(exchange)
                .flatMap(request -> request.body().map(body -> make(request, () -> edit.apply(body))))
                .flatMap(answer -> JsonAnswer.ok(exchange, answer))
                .onErrorResume(RefusedRequestException.class, refused -> JsonAnswer.problem(exchange, refused));
    }

    private WebHandler withoutBody(Supplier<Edit> edit) {
        return exchange -> ChangeRequest.of(exchange)
                .map(request -> make(request, edit))
                .flatMap(answer -> JsonAnswer.ok(exchange, answer))
                .onErrorResume(RefusedRequestException.class, refused -> JsonAnswer.problem(exchange, refused));
    }

    private ChangeView make(ChangeRequest request, Supplier<Edit> edit) {
        return changes.make(edit.get(), request.dryRun(), request.by());
    }
}
