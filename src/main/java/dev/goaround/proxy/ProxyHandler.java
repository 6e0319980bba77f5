package dev.goaround.proxy;

import dev.goaround.http.Problem;
import dev.goaround.listen.InboundRequest;
import dev.goaround.listen.OutboundResponse;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.PickContext;
import dev.goaround.retry.RetryPolicy;
import dev.goaround.upstream.AttemptFailedException;
import dev.goaround.upstream.UpstreamResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The life of a request: it is made ready for backends, sent to one, to another if that one fails and it is safe, and the
 * answer goes to the client.
 */
public final class ProxyHandler {

    private static final Logger log = LoggerFactory.getLogger(ProxyHandler.class);

    private final BackendPool pool;
    private final ProxySettings settings;
    private final HeaderRules rules;
    private final Forwarder forwarder;
    private final RetryPolicy retryPolicy;

    ProxyHandler(
            BackendPool pool, ProxySettings settings, HeaderRules rules, Forwarder forwarder, RetryPolicy retryPolicy) {
        this.pool = pool;
        this.settings = settings;
        this.rules = rules;
        this.forwarder = forwarder;
        this.retryPolicy = retryPolicy;
    }

    /** Answers the request; never fails. */
    public Mono<ServerResponse> handle(ServerRequest request) {
        InboundRequest inbound = (InboundRequest) request.exchange().getRequest();
        OutboundResponse outbound = (OutboundResponse) request.exchange().getResponse();
        String target = RequestTarget.originForm(inbound.head());
        if (target == null) {
            return problem(Failures.BAD_TARGET);
        }
        if (MaxForwards.reached(inbound.head())) {
            return ServerResponse.noContent().build();
        }
        rules.request(inbound.head(), inbound.version(), inbound.peer());
        ProxiedRequest proxied = new ProxiedRequest(
                inbound, outbound, target, settings.forwarding().preserveHost());
        Duration limit =
                shorter(settings.requestTimeout(), GrpcTimeout.of(inbound.head().headers()));
        if (limit == null) {
            return first(proxied);
        }
        return Mono.defer(() -> first(proxied))
                .timeout(
                        limit,
                        Mono.defer(() -> problem(Failures.OUT_OF_TIME)),
                        Schedulers.fromExecutorService(inbound.loop()));
    }

    private static @Nullable Duration shorter(@Nullable Duration one, @Nullable Duration other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) < 0 ? one : other;
    }

    private Mono<ServerResponse> first(ProxiedRequest request) {
        Lease lease = pool.lease(PickContext.FIRST);
        return lease == null ? problem(Failures.nothingToLease(pool.snapshot())) : attempt(request, lease, true);
    }

    private Mono<ServerResponse> attempt(ProxiedRequest request, Lease lease, boolean reuse) {
        return forwarder
                .forward(request, lease, reuse)
                .map(this::answer)
                .onErrorResume(AttemptFailedException.class, failed -> afterFailure(request, lease, failed.failure()));
    }

    private ServerResponse answer(UpstreamResponse response) {
        rules.response(response.head());
        return new ProxiedResponse(response);
    }

    private Mono<ServerResponse> afterFailure(ProxiedRequest request, Lease lease, Failed failure) {
        RetryPolicy.Decision decision = retryPolicy.after(failure, request.method(), request.body() != null);
        log.debug("{} failed: {} in phase {}, {}", lease.backend(), failure.detail(), failure.phase(), decision);
        return switch (decision) {
            case SAME_BACKEND -> attempt(request, lease, false);
            case NEXT_BACKEND -> {
                lease.end(failure);
                yield next(request, lease, failure);
            }
            case GIVE_UP -> {
                lease.end(failure);
                yield problem(Failures.notRepeatable(failure));
            }
        };
    }

    private Mono<ServerResponse> next(ProxiedRequest request, Lease failed, Failed failure) {
        request.tried().add(failed.backend());
        Lease lease = pool.lease(new PickContext(request.tried()));
        return lease == null ? problem(Failures.allTried(failure)) : attempt(request, lease, true);
    }

    private static Mono<ServerResponse> problem(Problem problem) {
        return Mono.just(new ProblemResponse(problem));
    }
}
