package dev.goaround.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * What one demo backend answers: a greeting on every path, {@code /health} for probes, and {@code POST /off} and
 * {@code POST /on}, which switch it.
 *
 * <p>Switched off it answers 503 to everything else rather than break connections: the failure can then be watched with
 * {@code curl} on the backend's own port too, and it is what an application in trouble does most often.
 */
final class DemoBackend {

    private static final String TEXT = "text/plain;charset=utf-8";
    private static final String JSON = "application/json";

    private final String name;
    private final Duration delay;
    private final AtomicLong requests = new AtomicLong();

    /** Anyone reads; only requests to {@code /on} and {@code /off} write. */
    private volatile boolean on = true;

    DemoBackend(String name, Duration delay) {
        this.name = name;
        this.delay = delay;
    }

    Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        return switch (request.fullPath()) {
            case "/on" -> flip(true, request, response);
            case "/off" -> flip(false, request, response);
            case "/health" ->
                on ? send(response, HttpResponseStatus.OK, JSON, "{\"status\":\"UP\"}\n") : refuse(response);
            default -> on ? greet(response) : refuse(response);
        };
    }

    private Publisher<Void> flip(boolean target, HttpServerRequest request, HttpServerResponse response) {
        if (!request.method().equals(HttpMethod.POST)) {
            response.header(HttpHeaderNames.ALLOW, "POST");
            return send(response, HttpResponseStatus.METHOD_NOT_ALLOWED, TEXT, "use POST to switch " + name + "\n");
        }
        on = target;
        return send(response, HttpResponseStatus.OK, TEXT, name + (on ? " is on\n" : " is off\n"));
    }

    private Publisher<Void> greet(HttpServerResponse response) {
        String greeting = String.format(Locale.ROOT, "hello from %s (request %d)\n", name, requests.incrementAndGet());
        Publisher<Void> answer = send(response, HttpResponseStatus.OK, TEXT, greeting);
        return delay.isZero() ? answer : Mono.delay(delay).thenEmpty(answer);
    }

    private Publisher<Void> refuse(HttpServerResponse response) {
        return send(response, HttpResponseStatus.SERVICE_UNAVAILABLE, TEXT, name + " is off\n");
    }

    private static Publisher<Void> send(
            HttpServerResponse response, HttpResponseStatus status, String type, String text) {
        byte[] body = text.getBytes(UTF_8);
        return response.status(status)
                .header(HttpHeaderNames.CONTENT_TYPE, type)
                .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length))
                .sendByteArray(Mono.just(body));
    }
}
