package dev.goaround.upstream;

import dev.goaround.health.HealthSettings;
import dev.goaround.health.Probe;
import dev.goaround.health.ProbeResult;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendSpec;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/**
 * Probes a backend by {@code GET}, over a connection of its own each time: whether the backend still accepts connections
 * is part of the question.
 *
 * <p>The time-out bounds the whole of it, from resolving the name to the end of the body. Of a long body only the
 * beginning is read.
 */
public final class HttpProbe implements Probe {

    /** Large enough for any health report; a page served in its place is not worth more. */
    static final int BODY_LIMIT = 64 * 1024;

    private static final int HEADER_LIMIT = 64 * 1024;
    private static final Duration WARMUP = Duration.ofSeconds(10);
    private static final String USER_AGENT = "GoAround-Health";

    private final Supplier<HealthSettings> settings;
    private final Clock clock;
    private final HttpClient plain;
    private final HttpClient secure;

    /**
     * @param ssl for {@code https} backends; it must not offer protocols other than HTTP/1.1 (ALPN); {@code null} means
     *     that the system's authorities decide. The name in the certificate is verified (RFC 9110 section 4.3.4) unless
     *     the context trusts everything
     */
    public HttpProbe(Supplier<HealthSettings> settings, @Nullable SslContext ssl, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.plain = HttpClient.create(ConnectionProvider.newConnection())
                .disableRetry(true)
                .followRedirect(false)
                .compress(false)
                .keepAlive(false)
                .httpResponseDecoder(spec -> spec.maxHeaderSize(HEADER_LIMIT))
                .headers(headers -> headers.set(HttpHeaderNames.USER_AGENT, USER_AGENT))
                .doOnChannelInit((observer, channel, remote) -> channel.pipeline()
                        .addBefore(NettyPipeline.ReactiveBridge, "interimResponses", new InterimResponseFilter()));
        // Both verify the host name: Reactor Netty adds the HTTPS endpoint identification to every provider.
        this.secure = ssl == null ? plain.secure() : plain.secure(spec -> spec.sslContext(ssl));
    }

    /**
     * Makes a probe of a passing listener of our own, so that the time-out of the first real one measures the backend
     * and not the loading of a few hundred classes, which may well take a second. Never fails; ends within seconds.
     */
    public Mono<Void> warmup() {
        Mono<? extends DisposableServer> listener = HttpServer.create()
                .bindAddress(() -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .handle((request, response) -> response.header(HttpHeaderNames.CONTENT_TYPE, "application/json")
                        .sendString(Mono.just("{}")))
                .bind();
        return Mono.usingWhen(listener, this::rehearse, server -> Mono.fromRunnable(server::dispose))
                .timeout(WARMUP)
                .onErrorComplete()
                .then();
    }

    private Mono<Verdict> rehearse(DisposableServer server) {
        HealthSettings now = settings.get();
        return plain.get()
                .uri("http://localhost:" + server.port() + now.pathOrDefault())
                .response((head, body) -> judge(head, body, now))
                .single();
    }

    @Override
    public Mono<ProbeResult> probe(Backend backend) {
        return Mono.defer(() -> {
            HealthSettings now = settings.get();
            Instant start = clock.instant();
            return ask(backend.spec(), now)
                    .timeout(now.timeout())
                    .onErrorResume(error -> Mono.just(Verdict.failed(ProbeFailures.inWords(error, now.timeout()))))
                    .map(verdict -> verdict.result(start, clock.instant()));
        });
    }

    private Mono<Verdict> ask(BackendSpec spec, HealthSettings now) {
        return (spec.secure() ? secure : plain)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(now.timeout().toMillis()))
                .get()
                .uri(url(spec, now))
                .response((head, body) -> judge(head, body, now))
                .single();
    }

    /** Put together from what the configuration says literally, escapes included. */
    private static String url(BackendSpec spec, HealthSettings now) {
        return spec.uri().getScheme() + "://" + spec.uri().getRawAuthority() + spec.basePath() + now.pathOrDefault();
    }

    /** Reads the body to its end, or to the limit, after which the connection is closed. */
    private static Mono<Verdict> judge(HttpClientResponse head, ByteBufFlux body, HealthSettings now) {
        int status = head.status().code();
        HealthReport report = new HealthReport(head.responseHeaders().get(HttpHeaderNames.CONTENT_TYPE), BODY_LIMIT);
        return body.asByteArray()
                .doOnNext(report::add)
                .takeUntil(bytes -> report.full())
                .then(Mono.fromSupplier(() -> {
                    String complaint = report.complaint();
                    return complaint == null
                            ? new Verdict(now.expects(status), Integer.toString(status))
                            : Verdict.failed(complaint);
                }));
    }

    private record Verdict(boolean passed, String detail) {

        static Verdict failed(String detail) {
            return new Verdict(false, detail);
        }

        ProbeResult result(Instant start, Instant end) {
            return new ProbeResult(passed, detail, Duration.between(start, end), start);
        }
    }
}
