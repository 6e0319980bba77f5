package dev.goaround.upstream;

import dev.goaround.health.HealthSettings;
import dev.goaround.health.Probe;
import dev.goaround.health.ProbeResult;
import dev.goaround.health.ProbeResult.Verdict;
import dev.goaround.http.FieldNames;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendSpec;
import dev.goaround.upstream.ProbeReport.Finding;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Probes a backend by {@code GET}, or by a call of gRPC's health service, over a connection of its own each time: whether the backend still accepts connections
 * is part of the question.
 *
 * <p>The time-out bounds the whole of it, from resolving the name to the end of the body. Of a long body only the
 * beginning is read.
 */
public final class HttpProbe implements Probe {

    private final Dialers dialers;
    private final Supplier<HealthSettings> settings;
    private final Clock clock;

    public HttpProbe(Dialers dialers, Supplier<HealthSettings> settings, Clock clock) {
        this.dialers = dialers;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public Mono<ProbeResult> probe(Backend backend) {
        return Mono.create(sink -> {
            HealthSettings now = settings.get();
            boolean grpc = now.type() == HealthSettings.Type.GRPC;
            ProbeExchange exchange = new ProbeExchange(
                    grpc ? grpcQuestion(backend.spec(), now) : question(backend.spec(), now.pathOrDefault()),
                    reports(now),
                    now.timeout(),
                    new Judge(now, clock, clock.instant(), sink));
            EventLoop loop = dialers.loop();
            Dialer dialer = dialers.probing(backend.spec(), now.timeout());
            loop.execute(() -> exchange.start(loop, dialer));
        });
    }

    private static Function<HttpResponse, ProbeReport> reports(HealthSettings now) {
        if (now.type() == HealthSettings.Type.GRPC) {
            return GrpcHealthReport::new;
        }
        return now.spring() ? SpringHealthReport::new : HealthReport::new;
    }

    /** A GET below the backend's base path, put together from what the configuration says literally, escapes included. */
    static HttpRequest question(BackendSpec spec, String path) {
        HttpRequest question = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.GET, spec.basePath() + path, Unpooled.EMPTY_BUFFER);
        question.headers()
                .set(FieldNames.HOST, spec.authority())
                .set(HttpHeaderNames.USER_AGENT, "GoAround-Health")
                .set(HttpHeaderNames.ACCEPT, "*/*")
                .set(FieldNames.CONNECTION, "close");
        return question;
    }

    private static HttpRequest grpcQuestion(BackendSpec spec, HealthSettings now) {
        byte[] message = GrpcHealthReport.question(now.service());
        HttpRequest question = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.POST,
                spec.basePath() + GrpcHealthReport.PATH,
                Unpooled.wrappedBuffer(message));
        question.headers()
                .set(FieldNames.HOST, spec.authority())
                .set(HttpHeaderNames.USER_AGENT, "GoAround-Health")
                .set(HttpHeaderNames.CONTENT_TYPE, "application/grpc")
                .set(FieldNames.CONTENT_LENGTH, message.length)
                .set(FieldNames.TE, "trailers");
        return question;
    }

    /** Decides whether an answer passes. */
    private record Judge(HealthSettings settings, Clock clock, Instant start, MonoSink<ProbeResult> sink)
            implements ProbeExchange.Listener {

        @Override
        public void answered(int status, @Nullable Finding finding) {
            if (finding == null) {
                result(settings.expects(status) ? Verdict.PASSED : Verdict.FAILED, Integer.toString(status));
            } else {
                result(finding.verdict(), finding.words());
            }
        }

        @Override
        public void failed(String why, boolean silent) {
            result(Verdict.FAILED, why, silent);
        }

        private void result(Verdict verdict, String detail) {
            result(verdict, detail, false);
        }

        private void result(Verdict verdict, String detail, boolean silent) {
            sink.success(new ProbeResult(verdict, detail, Duration.between(start, clock.instant()), start, silent));
        }
    }
}
