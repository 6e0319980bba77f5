package dev.goaround.listen;

import dev.goaround.http.FieldNames;
import dev.goaround.http.InboundBody;
import dev.goaround.http.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.http.support.Netty4HeadersAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The answer to a client: natively for the data path, and as Spring sees responses for everything else (which is the
 * Actuator, where it shares the traffic port).
 */
public final class OutboundResponse extends AbstractServerHttpResponse {

    private final ClientExchange exchange;
    private final io.netty.handler.codec.http.HttpHeaders nativeHeaders;

    OutboundResponse(ClientExchange exchange, io.netty.handler.codec.http.HttpHeaders nativeHeaders) {
        super(
                new NettyDataBufferFactory(exchange.channel().alloc()),
                new HttpHeaders(new Netty4HeadersAdapter(nativeHeaders)));
        this.exchange = exchange;
        this.nativeHeaders = nativeHeaders;
    }

    static OutboundResponse to(ClientExchange exchange) {
        return new OutboundResponse(exchange, new DefaultHttpHeaders());
    }

    /** Has this observer told how the request ends, in place of the server's. */
    public void observedBy(RequestObserver observer) {
        exchange.account().observedBy(observer);
    }

    /** Sends an interim answer (1xx) on. Does nothing for a client that can't understand it. */
    public void interim(HttpResponse response) {
        exchange.interim(response);
    }

    /**
     * Sends an answer on while it arrives. What frames the message on this connection is set here.
     *
     * @return completes when the answer is written, and cancels the body when it is cancelled
     */
    public Mono<Void> send(HttpResponse head, InboundBody body) {
        return exchange.send(head, body);
    }

    /**
     * Sends an answer of GoAround's own.
     *
     * @param more fields that it carries besides
     */
    public Mono<Void> send(Problem problem, io.netty.handler.codec.http.HttpHeaders more) {
        return exchange.send(problem, more);
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T> T getNativeResponse() {
        return (T) this;
    }

    @Override
    protected Mono<Void> writeWithInternal(Publisher<? extends DataBuffer> body) {
        return DataBufferUtils.join(Flux.from(body))
                .map(NettyDataBufferFactory::toByteBuf)
                .defaultIfEmpty(Unpooled.EMPTY_BUFFER)
                .flatMap(content -> exchange.send(() -> whole(content)));
    }

    @Override
    protected Mono<Void> writeAndFlushWithInternal(Publisher<? extends Publisher<? extends DataBuffer>> body) {
        return writeWithInternal(Flux.from(body).concatMap(part -> part));
    }

    @Override
    public Mono<Void> setComplete() {
        return isCommitted() ? Mono.empty() : doCommit(() -> exchange.send(() -> whole(Unpooled.EMPTY_BUFFER)));
    }

    private FullHttpResponse whole(ByteBuf content) {
        HttpStatusCode status = getStatusCode();
        if (!nativeHeaders.contains(FieldNames.CONTENT_LENGTH)) {
            nativeHeaders.set(FieldNames.CONTENT_LENGTH, content.readableBytes());
        }
        HttpResponseStatus code = HttpResponseStatus.valueOf(status == null ? 200 : status.value());
        return new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, code, content, nativeHeaders, EmptyHttpHeaders.INSTANCE);
    }

    @Override
    protected void applyStatusCode() {
        // Read when the message is put together.
    }

    @Override
    protected void applyHeaders() {
        // They are the native ones.
    }

    @Override
    protected void applyCookies() {
        getCookies().values().forEach(cookies -> cookies.forEach(this::apply));
    }

    private void apply(@Nullable ResponseCookie cookie) {
        nativeHeaders.add(HttpHeaderNames.SET_COOKIE, String.valueOf(cookie));
    }
}
