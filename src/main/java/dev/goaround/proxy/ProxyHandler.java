package dev.goaround.proxy;

import dev.goaround.http.BodyDiscarder;
import dev.goaround.http.InboundBody;
import dev.goaround.http.Problem;
import dev.goaround.http.ReplayMemory;
import dev.goaround.limit.NotAdmittedException;
import dev.goaround.limit.WaitQueue;
import dev.goaround.listen.InboundRequest;
import dev.goaround.listen.OutboundResponse;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.PickContext;
import dev.goaround.pool.PoolSnapshot;
import dev.goaround.retry.HedgePolicy;
import dev.goaround.retry.RetryPolicy;
import dev.goaround.upstream.AttemptFailedException;
import dev.goaround.upstream.GrpcStatus;
import dev.goaround.upstream.UpstreamResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.time.Duration;
import java.util.function.Supplier;
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

    private static final String ATTEMPTS = "GoAround-Attempts";

    private static final Logger log = LoggerFactory.getLogger(ProxyHandler.class);

    private final BackendPool pool;
    private final WaitQueue queue;
    private final Supplier<ProxySettings> settings;
    private final HeaderRules rules;
    private final Affinity affinity;
    private final Forwarder forwarder;
    private final RetryPolicy retryPolicy;
    private final HedgePolicy hedgePolicy;
    private final ReplayMemory replayMemory;
    private final Inquest inquest;

    ProxyHandler(
            BackendPool pool,
            WaitQueue queue,
            Supplier<ProxySettings> settings,
            HeaderRules rules,
            Affinity affinity,
            Forwarder forwarder,
            RetryPolicy retryPolicy,
            HedgePolicy hedgePolicy,
            ReplayMemory replayMemory,
            Inquest inquest) {
        this.pool = pool;
        this.queue = queue;
        this.settings = settings;
        this.rules = rules;
        this.affinity = affinity;
        this.forwarder = forwarder;
        this.retryPolicy = retryPolicy;
        this.hedgePolicy = hedgePolicy;
        this.replayMemory = replayMemory;
        this.inquest = inquest;
    }

    /** Answers the request; never fails. */
    public Mono<ServerResponse> handle(ServerRequest request) {
        InboundRequest inbound = (InboundRequest) request.exchange().getRequest();
        OutboundResponse outbound = (OutboundResponse) request.exchange().getResponse();
        String target = RequestTarget.originForm(inbound.head());
        if (target == null) {
            return Mono.just(new ProblemResponse(Failures.BAD_TARGET));
        }
        if (MaxForwards.reached(inbound.head())) {
            return ServerResponse.noContent().build();
        }
        rules.request(inbound.head(), inbound.version(), inbound.peer());
        inbound.markHead();
        retryPolicy.began();
        ProxiedRequest proxied = new ProxiedRequest(
                inbound,
                outbound,
                target,
                settings.get().forwarding().preserveHost(),
                idempotent(inbound.head()),
                pool.someRest()
                        ? affinity.of(inbound, target).to(RequestTarget.path(target))
                        : affinity.of(inbound, target),
                inquest.trail(inbound));
        outbound.observedBy(proxied.trail());
        InboundBody body = inbound.body();
        if (body != null) {
            body.setClaims(settings.get().claims());
            body.keep(replayMemory);
        }
        Duration limit = shorter(
                settings.get().requestTimeout(), GrpcTimeout.of(inbound.head().headers()));
        if (limit == null) {
            return next(proxied);
        }
        return Mono.defer(() -> next(proxied))
                .timeout(
                        limit,
                        Mono.defer(() -> problem(proxied, Failures.OUT_OF_TIME)),
                        Schedulers.fromExecutorService(inbound.loop()));
    }

    private boolean idempotent(HttpRequest head) {
        return retryPolicy.idempotent(head.method().name(), head.headers().contains("Idempotency-Key"));
    }

    private static @Nullable Duration shorter(@Nullable Duration one, @Nullable Duration other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Sends the request to a backend that it has not been sent to, now or when one has a place. */
    private Mono<ServerResponse> next(ProxiedRequest request) {
        Lease lease = queue.lease(request.untried());
        if (lease != null) {
            return attempt(request, lease, true);
        }
        PoolSnapshot now = pool.snapshot();
        return now.fits(request.untried()) ? queued(request) : nobodyLeft(request, now);
    }

    private Mono<ServerResponse> queued(ProxiedRequest request) {
        long since = request.trail().waiting();
        return queue.await(request.untried(), request.loop(), request.precedence())
                .doOnTerminate(() -> request.trail().waited(since))
                .flatMap(lease -> attempt(request, lease, true))
                .onErrorResume(
                        NotAdmittedException.class,
                        refused -> problem(request, Failures.notAdmitted(refused.reason())));
    }

    /** Every backend has been tried, or none is fit. Those that gave no answer may be better a moment later. */
    private Mono<ServerResponse> nobodyLeft(ProxiedRequest request, PoolSnapshot now) {
        Failed last = request.trail().lastFailure();
        if (last == null) {
            return problem(request, Failures.NO_BACKEND);
        }
        if (now.eligible().isEmpty()
                || !retryPolicy.anotherRound(last, request.rounds() + 1, request.failedBySeveral())) {
            return problem(request, Failures.allTried(last));
        }
        Duration wait = retryPolicy.backoff(request.roundDone());
        return Mono.delay(wait, Schedulers.fromExecutorService(request.loop())).flatMap(over -> next(request));
    }

    private Mono<ServerResponse> attempt(ProxiedRequest request, Lease lease, boolean reuse) {
        long began = request.trail().attempt(lease.backend());
        long hedgeAfter = reuse
                        && hedgePolicy.appliesTo(
                                request.method().name(), request.body() != null || request.tunnel() != null)
                ? hedgePolicy.delay(lease.backend())
                : 0;
        if (hedgeAfter > 0) {
            return hedged(request, new Hedge.Attempt(lease, began), hedgeAfter);
        }
        return forwarder
                .forward(request, lease, reuse)
                .flatMap(response -> answered(request, lease, began, response))
                .onErrorResume(
                        AttemptFailedException.class, failed -> afterFailure(request, lease, began, failed.failure()));
    }

    /** An attempt that another backend is asked beside if it takes long. */
    private Mono<ServerResponse> hedged(ProxiedRequest request, Hedge.Attempt first, long delayNanos) {
        Hedge hedge = new Hedge(
                request.loop(),
                delayNanos,
                first,
                () -> beside(request, first),
                attempt -> forwarder.forward(request, attempt.lease(), true),
                new Hedge.Loser() {
                    @Override
                    public void failed(Hedge.Attempt attempt, AttemptFailedException failed) {
                        request.failed(attempt.lease(), failed.failure());
                        request.trail().failed(attempt.lease().backend(), attempt.began(), failed.failure());
                        attempt.lease().end(failed.failure());
                        request.tried(attempt.lease().backend());
                    }

                    @Override
                    public void cancelled(Hedge.Attempt attempt) {
                        hedgePolicy.took(
                                attempt.lease().backend(), request.trail().since(attempt.began()));
                        request.trail().overtaken(attempt.lease().backend(), attempt.began());
                        request.tried(attempt.lease().backend());
                    }
                });
        return hedge.race()
                .flatMap(won ->
                        answered(request, won.attempt().lease(), won.attempt().began(), won.response()))
                .onErrorResume(
                        Hedge.Lost.class,
                        lost -> afterFailure(
                                request,
                                lost.attempt().lease(),
                                lost.attempt().began(),
                                lost.failure().failure()));
    }

    private Hedge.@Nullable Attempt beside(ProxiedRequest request, Hedge.Attempt first) {
        PickContext others = request.untriedBeside(first.lease().backend());
        Lease lease = pool.snapshot().fits(others) ? queue.lease(others) : null;
        if (lease == null) {
            return null;
        }
        if (!hedgePolicy.withdraw()) {
            lease.end(new Outcome.Cancelled());
            return null;
        }
        return new Hedge.Attempt(lease, request.trail().attempt(lease.backend()));
    }

    private Mono<ServerResponse> answered(ProxiedRequest request, Lease lease, long began, UpstreamResponse response) {
        int status = response.head().status().code();
        int grpcStatus = GrpcStatus.ofHead(response.head().headers());
        Outcome.Answered answer = new Outcome.Answered(status, grpcStatus);
        long waited = request.trail().waitedForAnswer(began, request.body() != null);
        if (waited >= 0) {
            lease.answered(meaning(answer), waited);
        }
        if (meaning(answer) >= 400) {
            Lease elsewhere = elsewhere(request, lease, began, response, answer);
            if (elsewhere != null) {
                return attempt(request, elsewhere, true);
            }
        }
        if (!answer.serverError()) {
            request.answeredWell();
        }
        request.settled();
        request.answeredBy(lease);
        request.trail().headCame();
        request.trail().status(status);
        if (request.trail().count() > 1) {
            request.trail().answered(lease.backend(), began, response.reused(), status);
        }
        rules.response(response.head());
        affinity.answered(request, lease.backend(), pool.snapshot(), response.head());
        if (settings.get().attemptsHeader()) {
            response.head().headers().set(ATTEMPTS, request.trail().count());
        }
        return Mono.just(new ProxiedResponse(response));
    }

    /** The status that says in HTTP what the response says: a gRPC call that fails before its first message has 200 nevertheless. */
    private static int meaning(Outcome.Answered answer) {
        return answer.status() < 400 && answer.gatewayError() ? 503 : answer.status();
    }

    /**
     * Leases another backend in place of one whose answer asks for that, and drops the answer; or returns null, since an answer is
     * better than none.
     */
    private @Nullable Lease elsewhere(
            ProxiedRequest request, Lease lease, long began, UpstreamResponse response, Outcome.Answered answer) {
        if (answer.status() == 503 && retryPolicy.honorsRetryAfter()) {
            Duration rest = RetryAfter.of(response.head().headers(), inquest.now());
            if (rest != null) {
                pool.rest(lease.backend(), RequestTarget.path(request.target()), rest);
            }
        }
        if (!retryPolicy.repeatable(meaning(answer), request.idempotent(), request.sendable())) {
            return null;
        }
        request.tried(lease.backend());
        Lease other = pool.snapshot().fits(request.untried()) ? queue.lease(request.untried()) : null;
        if (other == null) {
            return null;
        }
        if (!retryPolicy.withdraw()) {
            other.end(new Outcome.Cancelled());
            return null;
        }
        request.trail().answered(lease.backend(), began, response.reused(), answer.status());
        request.rewind();
        if (answer.serverError()) {
            request.failed(lease, answer);
        }
        // Its place is free once its connection is, or the next request would have to wait for that.
        BodyDiscarder.discard(response.body(), request.loop(), () -> lease.end(answer));
        return other;
    }

    private Mono<ServerResponse> afterFailure(ProxiedRequest request, Lease lease, long began, Failed failure) {
        RetryPolicy.Decision decision =
                retryPolicy.after(failure, request.idempotent(), request.sendable(), request.timedOut());
        if (log.isDebugEnabled()) {
            log.debug(
                    "request {}: {} failed: {} in phase {}, {}",
                    request.id(),
                    lease.backend(),
                    failure.detail(),
                    failure.phase(),
                    decision);
        }
        request.trail().failed(lease.backend(), began, failure);
        return switch (decision) {
            case SAME_BACKEND -> {
                request.rewind();
                yield attempt(request, lease, false);
            }
            case NEXT_BACKEND -> {
                request.failed(lease, failure);
                lease.end(failure);
                request.rewind();
                request.tried(lease.backend());
                yield next(request);
            }
            case GIVE_UP, OVER_BUDGET -> {
                lease.end(failure);
                yield problem(request, Failures.notRepeatable(failure));
            }
        };
    }

    private Mono<ServerResponse> problem(ProxiedRequest request, Problem problem) {
        request.settled();
        inquest.refused(request, problem, pool.snapshot());
        int attempts = request.trail().count();
        return Mono.just(
                settings.get().attemptsHeader() && attempts > 0
                        ? new ProblemResponse(problem, new DefaultHttpHeaders().set(ATTEMPTS, attempts))
                        : new ProblemResponse(problem));
    }
}
