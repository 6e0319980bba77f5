package dev.goaround.proxy;

import dev.goaround.http.FieldNames;
import dev.goaround.http.InboundBody;
import dev.goaround.listen.InboundRequest;
import dev.goaround.listen.OutboundResponse;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.PickContext;
import dev.goaround.tracing.AttemptSpan;
import dev.goaround.upstream.ProxyProtocol.Ends;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** A client's request on its way to backends: ready to be sent, to one after the other if need be. */
final class ProxiedRequest {

    private final InboundRequest inbound;
    private final OutboundResponse outbound;
    private final String target;
    private final boolean clientsHost;
    private final boolean idempotent;
    private final List<Backend> tried = new ArrayList<>(2);
    private final PickContext untried;
    private final RequestTrail trail;
    private @Nullable Lease answeredBy;

    /** Attempts that a backend has failed after the request was sent to it. */
    private List<FailedAttempt> failed = List.of();

    private int rounds;

    /**
     * @param target the request target in origin form, or an asterisk
     * @param preserveHost whether backends see the client's Host
     * @param idempotent whether doing the request twice is the same as doing it once
     * @param first what its first attempt asks of a backend
     */
    ProxiedRequest(
            InboundRequest inbound,
            OutboundResponse outbound,
            String target,
            boolean preserveHost,
            boolean idempotent,
            PickContext first,
            RequestTrail trail) {
        this.inbound = inbound;
        this.outbound = outbound;
        this.target = target;
        this.clientsHost = preserveHost && inbound.head().headers().contains(FieldNames.HOST);
        this.idempotent = idempotent;
        this.untried = first.after(tried);
        this.trail = trail;
    }

    /**
     * Returns the head of an attempt on the backend.
     *
     * @param span the attempt's span, which the head names; null if there is none
     */
    HttpRequest headFor(Backend backend, @Nullable AttemptSpan span) {
        HttpMethod method = inbound.head().method();
        HttpHeaders headers = inbound.head().headers();
        if (!clientsHost || span != null) {
            // Another attempt may be under way, to a backend of another name, or with another span.
            headers = headers.copy();
        }
        if (span != null) {
            span.mark(headers);
        }
        if (!clientsHost) {
            headers.set(FieldNames.HOST, backend.spec().authority());
        }
        String uri = backend.basePath().isEmpty() || "*".equals(target) ? target : backend.basePath() + target;
        return inbound.body() == null
                ? new DefaultFullHttpRequest(
                        HttpVersion.HTTP_1_1, method, uri, Unpooled.EMPTY_BUFFER, headers, EmptyHttpHeaders.INSTANCE)
                : new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, uri, headers);
    }

    @Nullable
    InboundBody body() {
        return inbound.body();
    }

    @Nullable
    InboundBody tunnel() {
        return inbound.tunnel();
    }

    /** Its identifier, by which logs speak of it. */
    String id() {
        return inbound.requestId();
    }

    HttpMethod method() {
        return inbound.head().method();
    }

    String target() {
        return target;
    }

    HttpHeaders headers() {
        return inbound.head().headers();
    }

    /** The two ends of the client's connection, for backends that are told; null if they are not known. */
    @Nullable
    Ends ends() {
        InetSocketAddress reached = inbound.reached();
        return reached == null ? null : new Ends(inbound.client(), reached);
    }

    EventLoop loop() {
        return inbound.loop();
    }

    OutboundResponse response() {
        return outbound;
    }

    /** What became of it so far. */
    RequestTrail trail() {
        return trail;
    }

    /** Whether doing the request twice is the same as doing it once. */
    boolean idempotent() {
        return idempotent;
    }

    /** Whether the request, body included, can be sent again. */
    boolean sendable() {
        InboundBody body = inbound.body();
        return body == null || body.rewindable();
    }

    /** Makes the body, if there is one, ready for another attempt. */
    void rewind() {
        InboundBody body = inbound.body();
        if (body != null) {
            body.rewind();
        }
    }

    /** Says that a backend may act on the request now, so that one that is not idempotent can't be repeated any more. */
    void sent() {
        if (!idempotent) {
            settled();
        }
    }

    /** Says that the request will not be sent again. */
    void settled() {
        InboundBody body = inbound.body();
        if (body != null) {
            body.forget();
        }
    }

    /** Says that the client gets the answer to that attempt. */
    void answeredBy(Lease lease) {
        answeredBy = lease;
    }

    /** Whether the client gets the answer to that attempt. */
    boolean isAnsweredBy(Lease lease) {
        return answeredBy == lease;
    }

    /** Whether the client's connection, or its stream, has ended. */
    boolean abandoned() {
        return inbound.abandoned();
    }

    /** What tells how far behind others it comes when slots are given out. */
    IntSupplier precedence() {
        return inbound.precedence();
    }

    /** Whether its response was cut since the client did not take it. */
    boolean takenTooSlowly() {
        return inbound.takenTooSlowly();
    }

    /** What its next attempt asks of a backend: not to have been tried. */
    PickContext untried() {
        return untried;
    }

    /** The same for an attempt beside one that runs on that backend. */
    PickContext untriedBeside(Backend backend) {
        List<Backend> taken = new ArrayList<>(tried);
        taken.add(backend);
        return untried.after(taken);
    }

    /** Says that an attempt has failed in a way for which the backend or the request may be to blame. */
    void failed(Lease lease, Outcome outcome) {
        if (!(outcome instanceof Failed failure) || (failure.written() && !failure.harmless())) {
            failed = failed.isEmpty() ? new ArrayList<>(2) : failed;
            failed.add(new FailedAttempt(lease, outcome));
        }
    }

    /** Whether a backend has been too slow for it already. */
    boolean timedOut() {
        return failed.stream()
                .anyMatch(attempt -> attempt.outcome() instanceof Failed failure && failure.kind() == Kind.TIMEOUT);
    }

    /** Whether several attempts have failed after the request was written. */
    boolean failedBySeveral() {
        return failed.size() > 1;
    }

    /**
     * Says that a backend has responded well. If one other backend has failed the request, that tells something about it; if several have,
     * it is about the request.
     */
    void answeredWell() {
        if (failed.size() == 1) {
            failed.get(0).lease().contradicted(failed.get(0).outcome());
        }
    }

    /** How an attempt has failed. */
    private record FailedAttempt(Lease lease, Outcome outcome) {}

    /** Says that the backend was tried, in vain. */
    void tried(Backend backend) {
        tried.add(backend);
    }

    /** Says that all backends were tried, and returns how often that has been so. */
    int roundDone() {
        rounds++;
        tried.clear();
        return rounds;
    }

    /** How often all backends have been tried. */
    int rounds() {
        return rounds;
    }
}
