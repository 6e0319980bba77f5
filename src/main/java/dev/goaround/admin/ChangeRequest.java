package dev.goaround.admin;

import dev.goaround.settings.Nearest;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A request of somebody who may change something.
 *
 * @param by how he was recognized
 * @param dryRun whether he only wants to know what would change
 */
record ChangeRequest(ServerHttpRequest request, String by, boolean dryRun) {

    /** Enough for ten thousand backends. */
    static final int LARGEST_BODY = 1024 * 1024;

    private static final String DRY_RUN = "dry-run";

    /** Returns the request, on a thread that may wait, or refuses it. */
    static Mono<ChangeRequest> of(ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        return Mono.fromCallable(() -> new ChangeRequest(request, writer(request), dryRun(request)))
                .subscribeOn(Schedulers.boundedElastic());
    }

    /** Returns how the guard has recognized the sender; nothing passes that has not come through it. */
    private static String writer(ServerHttpRequest request) {
        if (request.getAttributes().get(ChangeRights.WRITER) instanceof String by) {
            return by;
        }
        throw new RefusedRequestException(HttpStatus.FORBIDDEN, "the sender of the request is not known");
    }

    /** A word that is not understood must not turn a dry run into a real one. */
    private static boolean dryRun(ServerHttpRequest request) {
        MultiValueMap<String, String> query = request.getQueryParams();
        for (String name : query.keySet()) {
            if (!name.equals(DRY_RUN)) {
                throw RefusedRequestException.badRequest("no such parameter: " + name
                        + Nearest.to(name, Set.of(DRY_RUN))
                                .map(nearest -> ", did you mean " + nearest + "?")
                                .orElse(""));
            }
        }
        List<@Nullable String> values = query.getOrDefault(DRY_RUN, List.of("false"));
        String value = values.size() == 1 ? values.get(0) : "several";
        if ("true".equals(value) || "false".equals(value)) {
            return "true".equals(value);
        }
        throw RefusedRequestException.badRequest(DRY_RUN + ": expected true or false");
    }

    /** Returns the body, on a thread that may wait. */
    Mono<byte[]> body() {
        String type = request.getHeaders().getFirst(HttpHeaders.CONTENT_TYPE);
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            return Mono.error(new RefusedRequestException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE, "expected a body with Content-Type: application/json"));
        }
        return DataBufferUtils.join(request.getBody(), LARGEST_BODY)
                .map(ChangeRequest::bytes)
                .defaultIfEmpty(new byte[0])
                .onErrorMap(
                        DataBufferLimitException.class,
                        tooLarge -> new RefusedRequestException(
                                HttpStatus.CONTENT_TOO_LARGE, "the body is larger than " + LARGEST_BODY + " bytes"))
                .publishOn(Schedulers.boundedElastic());
    }

    private static byte[] bytes(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }
}
