package dev.goaround.proxy;

import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Phase;
import dev.goaround.tracing.AttemptSpan;
import dev.goaround.upstream.UpstreamClients;
import dev.goaround.upstream.UpstreamRequest;
import dev.goaround.upstream.UpstreamResponse;
import io.netty.handler.codec.http.HttpResponse;
import reactor.core.publisher.Mono;

/** Makes one attempt: sends a request to the leased backend and brings back its answer. */
final class Forwarder {

    private final UpstreamClients clients;
    private final HeaderRules rules;
    private final Inquest inquest;

    Forwarder(UpstreamClients clients, HeaderRules rules, Inquest inquest) {
        this.clients = clients;
        this.rules = rules;
        this.inquest = inquest;
    }

    /**
     * Sends the request. The lease ends with the body of the answer; if the attempt fails before there is an answer,
     * whoever decides about the next attempt ends it.
     *
     * @param reuse whether a pooled connection may carry it
     */
    Mono<UpstreamResponse> forward(ProxiedRequest request, Lease lease, boolean reuse) {
        AttemptSpan span = request.trail().attemptSpan(lease.backend());
        UpstreamRequest.Listener listener = new UpstreamRequest.Listener() {
            @Override
            public void connected() {
                request.trail().connected();
            }

            @Override
            public void sent() {
                request.sent();
            }

            @Override
            public void handedOver() {
                request.trail().handedOver();
            }

            @Override
            public void interim(HttpResponse response) {
                rules.response(response);
                request.response().interim(response);
            }

            @Override
            public void ended(Outcome outcome) {
                if (span != null) {
                    span.ended(outcome);
                }
                if (!(outcome instanceof Outcome.Failed failed) || failed.phase() == Phase.BODY) {
                    lease.end(outcome);
                    inquest.ended(request, lease, outcome);
                }
            }
        };
        return clients.exchange(
                lease.backend(),
                new UpstreamRequest(
                        request.headFor(lease.backend(), span),
                        request.body(),
                        request.tunnel(),
                        request.ends(),
                        reuse,
                        request.loop(),
                        listener));
    }
}
