package dev.goaround.page;

import dev.goaround.admin.ChangeRights;
import dev.goaround.admin.RoutedPath;
import dev.goaround.admin.StreamSlots;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Mono;

/**
 * Where the status page is: at the root of the management port, with its style and its script beside it, and what it shows below the
 * endpoint. Nothing of it is answered where that port is the traffic port too, on which every path is the backends'.
 */
final class PageRoutes implements HandlerMapping, Ordered {

    /** Nothing but what comes from here, and nothing that stands in the page itself, is run or applied. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            + "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String OVERVIEW = "/overview";
    private static final String LIVE = "/live";

    private static final Map<String, MediaType> FILES = Map.of(
            "/goaround.css", new MediaType("text", "css", StandardCharsets.UTF_8),
            "/goaround.js", new MediaType("text", "javascript", StandardCharsets.UTF_8),
            "/goaround.svg", new MediaType("image", "svg+xml"));

    private final Supplier<@Nullable String> endpoint;
    private final StatusPage page;
    private final LiveStatus live;
    private final ChangeRights rights;
    private final StreamSlots slots = new StreamSlots();
    private final Map<String, String> texts = new HashMap<>();

    /** @param endpoint gives the path of the endpoint, or null if there is to be no page */
    PageRoutes(Supplier<@Nullable String> endpoint, StatusPage page, LiveStatus live, ChangeRights rights) {
        this.endpoint = endpoint;
        this.page = page;
        this.live = live;
        this.rights = rights;
        FILES.keySet().forEach(path -> texts.put(path, Resource.text(path.substring(1))));
    }

    /** Before Actuator's own, to which an id of a backend looks the same. */
    @Override
    public int getOrder() {
        return -150;
    }

    @Override
    public Mono<Object> getHandler(ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        HttpMethod method = request.getMethod();
        boolean reads = HttpMethod.GET.equals(method) || HttpMethod.HEAD.equals(method);
        String root = reads ? endpoint.get() : null;
        return root == null ? Mono.empty() : Mono.justOrEmpty(handler(request, root));
    }

    private @Nullable WebHandler handler(ServerHttpRequest request, String root) {
        String path = RoutedPath.of(request);
        if (path.equals("/")) {
            boolean buttons = rights.mightChange(request);
            return exchange -> answer(exchange, MediaType.TEXT_HTML, page.html(root, buttons, live.overview()));
        }
        MediaType file = FILES.get(path);
        if (file != null) {
            return exchange -> answer(exchange, file, texts.getOrDefault(path, ""));
        }
        if (path.equals(root + OVERVIEW)) {
            return exchange -> answer(exchange, MediaType.APPLICATION_JSON, live.overviewJson());
        }
        return path.equals(root + LIVE) ? this::stream : null;
    }

    private static Mono<Void> answer(ServerWebExchange exchange, MediaType type, String body) {
        ServerHttpResponse response = prepared(exchange, type);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        response.getHeaders().setContentLength(bytes.length);
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(bytes)));
    }

    private static ServerHttpResponse prepared(ServerWebExchange exchange, MediaType type) {
        ServerHttpResponse response = exchange.getResponse();
        HttpHeaders headers = response.getHeaders();
        headers.setContentType(type.equals(MediaType.TEXT_HTML) ? new MediaType(type, StandardCharsets.UTF_8) : type);
        headers.setCacheControl(CacheControl.noStore());
        headers.set("Content-Security-Policy", POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        return response;
    }

    /** Server-sent events (WHATWG HTML section 9.2): the content of the page, and then its changes. */
    private Mono<Void> stream(ServerWebExchange exchange) {
        InetAddress address = rights.address(exchange.getRequest());
        return Mono.using(() -> slots.take(address), taken -> taken ? events(exchange) : tooMany(exchange), taken -> {
            if (taken) {
                slots.give(address);
            }
        });
    }

    private Mono<Void> events(ServerWebExchange exchange) {
        ServerHttpResponse response = prepared(exchange, MediaType.TEXT_EVENT_STREAM);
        DataBufferFactory buffers = response.bufferFactory();
        return response.writeAndFlushWith(live.updates().map(event -> event.map(buffers::wrap)));
    }

    private static Mono<Void> tooMany(ServerWebExchange exchange) {
        exchange.getResponse().setStatusCode(HttpStatus.SERVICE_UNAVAILABLE);
        return answer(exchange, MediaType.TEXT_PLAIN, "Too many windows look at this page already.\n");
    }
}
