package dev.goaround.upstream;

import dev.goaround.http.InboundBody;
import dev.goaround.pool.Outcome;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.http.client.reactive.ClientHttpResponse;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * One request on its way to a backend and back: waits for a connection, then for the head of the answer, which it emits.
 * Cancelling it before that closes the connection it is on.
 *
 * <p>Subscribed to once, and everything happens on the request's event loop.
 */
final class UpstreamExchange extends Mono<ClientHttpResponse> implements Subscription {

    private final UpstreamRequest request;
    private final Consumer<UpstreamExchange> acquirer;
    private @Nullable CoreSubscriber<? super ClientHttpResponse> subscriber;
    private @Nullable BackendConnection connection;
    private @Nullable AtomicInteger pending;
    private boolean answered;
    private boolean over;
    private boolean overHttp1;

    /** @param acquirer gives the exchange a connection, now or later */
    UpstreamExchange(UpstreamRequest request, Consumer<UpstreamExchange> acquirer) {
        this.request = request;
        this.acquirer = acquirer;
    }

    UpstreamRequest request() {
        return request;
    }

    @Override
    public void subscribe(CoreSubscriber<? super ClientHttpResponse> actual) {
        subscriber = actual;
        actual.onSubscribe(this);
        if (!over) {
            acquirer.accept(this);
        }
    }

    @Override
    public void request(long count) {
        // The one item comes when it comes; there is nothing to hold back.
    }

    @Override
    public void cancel() {
        if (request.loop().inEventLoop()) {
            cancelNow();
        } else {
            request.loop().execute(this::cancelNow);
        }
    }

    private void cancelNow() {
        if (answered || over) {
            return;
        }
        BackendConnection on = connection;
        end(new Outcome.Cancelled());
        if (on != null) {
            on.abandon();
        }
    }

    /** Whether the exchange was cancelled, or failed, or ended. */
    boolean over() {
        return over;
    }

    /** Sends it over HTTP/1.1 to a backend that is otherwise spoken to in HTTP/2, since that can't switch protocols there. */
    void goOverHttp1() {
        overHttp1 = true;
    }

    /** Whether it goes over HTTP/1.1 for that reason. */
    boolean overHttp1() {
        return overHttp1;
    }

    /** There is no connection at once: the exchange is one of those that wait for one, until it has one or is over. */
    void waits(AtomicInteger waiting) {
        if (pending == null) {
            pending = waiting;
            waiting.incrementAndGet();
        }
    }

    private void waitsNoMore() {
        AtomicInteger waiting = pending;
        if (waiting != null) {
            pending = null;
            waiting.decrementAndGet();
        }
    }

    /** A connection is there: the request goes out. */
    void connected(BackendConnection opened) {
        waitsNoMore();
        connection = opened;
        request.listener().connected();
        opened.send(this);
    }

    void interim(HttpResponse response) {
        if (!over) {
            request.listener().interim(response);
        }
    }

    void respond(HttpResponse head, InboundBody body, boolean reused) {
        CoreSubscriber<? super ClientHttpResponse> to = subscriber;
        if (over || to == null) {
            body.cancel();
            return;
        }
        answered = true;
        to.onNext(new UpstreamResponse(head, body, request.loop(), reused));
        to.onComplete();
    }

    /**
     * The backend can't switch protocols.
     *
     * @param reused whether the connection had carried another request before
     */
    void notImplemented(boolean reused) {
        respond(
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_IMPLEMENTED),
                InboundBody.empty(),
                reused);
        end(new Outcome.Answered(HttpResponseStatus.NOT_IMPLEMENTED.code()));
    }

    /** The attempt failed; if its answer had begun, the body tells the client. */
    void fail(Outcome.Failed failure) {
        if (over) {
            return;
        }
        end(failure);
        CoreSubscriber<? super ClientHttpResponse> to = subscriber;
        if (!answered && to != null) {
            to.onError(new AttemptFailedException(failure));
        }
    }

    /** The attempt is over. Every call but the first does nothing. */
    void end(Outcome outcome) {
        if (!over) {
            over = true;
            waitsNoMore();
            connection = null;
            request.listener().ended(outcome);
        }
    }
}
