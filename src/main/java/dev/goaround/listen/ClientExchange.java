package dev.goaround.listen;

import dev.goaround.http.BodyWriter;
import dev.goaround.http.FieldNames;
import dev.goaround.http.InboundBody;
import dev.goaround.http.Problem;
import dev.goaround.http.RequestMemory;
import dev.goaround.http.StreamFault;
import dev.goaround.http.Upgrade;
import dev.goaround.listen.ServedRequest.Cut;
import dev.goaround.listen.ServedRequest.Ending;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.util.unit.DataSize;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * One request of a client and its answer. It frames the answer for the client's connection (RFC 9112 section 6.3), and it
 * subscribes to the application's handling, which it cancels when the client goes away.
 */
final class ClientExchange implements CoreSubscriber<Void>, BodyWriter.Owner {

    private static final Problem UNHANDLED = new Problem(
            HttpResponseStatus.INTERNAL_SERVER_ERROR, "proxy_internal_error", "the request could not be handled");

    private static final String GRPC = "application/grpc";
    /** From this size on a head is worth being dropped in part. */
    private static final int LARGE = 8 * 1024;

    /** Fields that matter to the end: to logs, spans, and to name the client. */
    private static final List<AsciiString> NEEDED_TO_THE_END = List.of(
            HttpHeaderNames.HOST,
            HttpHeaderNames.USER_AGENT,
            HttpHeaderNames.REFERER,
            HttpHeaderNames.UPGRADE,
            AsciiString.cached("forwarded"),
            AsciiString.cached("x-forwarded-for"));

    private final ClientConnection connection;
    private final HttpRequest request;
    private final @Nullable InboundBody requestBody;
    private final @Nullable InboundBody tunnel;
    private @Nullable Subscription handling;
    private @Nullable BodyWriter writer;
    private @Nullable MonoSink<Void> sending;
    private boolean started;
    private boolean finished;
    private boolean keepAlive;
    private boolean closeDelimited;
    private boolean switched;
    private boolean toldToGoOn;
    /** What the head takes of the memory for requests. */
    private long memory;

    private final RequestAccount account;

    /**
     * @param observer learns how it ended, unless another is named meanwhile
     * @param requestBody the request's body, or null if it has none
     * @param tunnel what the client sends after the request if that asks to switch protocols, or null if it does not
     */
    ClientExchange(
            ClientConnection connection,
            RequestObserver observer,
            HttpRequest request,
            @Nullable InboundBody requestBody,
            @Nullable InboundBody tunnel) {
        this.connection = connection;
        this.request = request;
        this.requestBody = requestBody;
        this.tunnel = tunnel;
        this.keepAlive = HttpUtil.isKeepAlive(request);
        this.account = new RequestAccount(connection, observer, request);
    }

    /** What becomes of it. */
    RequestAccount account() {
        return account;
    }

    /** Takes the memory that the head needs, and returns whether there was enough. */
    boolean takeMemory(RequestMemory.Share share) {
        long size = RequestMemory.sizeOf(request);
        if (!share.take(size)) {
            return false;
        }
        memory = size;
        return true;
    }

    /** Gives back what has been taken and drops what it was for: no backend will get the request any more. */
    void dropLargeFields(RequestMemory.Share share) {
        if (memory >= LARGE) {
            RequestMemory.dropLargeFields(request.headers(), NEEDED_TO_THE_END);
            long less = RequestMemory.sizeOf(request);
            share.give(memory - less);
            memory = less;
        }
    }

    void giveMemory(RequestMemory.Share share) {
        share.give(memory);
        memory = 0;
    }

    Channel channel() {
        return connection.channel();
    }

    HttpRequest request() {
        return request;
    }

    /** Returns what the client's bytes belong to at the moment: the request's body, or what follows the request; null if there is neither. */
    @Nullable
    InboundBody incoming() {
        InboundBody body = requestBody;
        return body == null || (body.ended() && tunnel != null) ? tunnel : body;
    }

    /** Whether the client's bytes are no body, but what follows a request to switch protocols. */
    boolean tunnelling() {
        return tunnel != null && incoming() == tunnel;
    }

    /** Whether the client may take only so long for its body. One that speaks in turn with the backend speaks when it likes. */
    boolean uploadLimited() {
        return !tunnelling() && !started && !grpc(request);
    }

    private static boolean grpc(HttpRequest request) {
        String type = request.headers().get(FieldNames.CONTENT_TYPE);
        return type != null && type.regionMatches(true, 0, "application/grpc", 0, 16);
    }

    /** Counts one more piece of the request's body, and returns whether that makes it larger than it may be. */
    boolean bodyExceeds(@Nullable DataSize limit, HttpContent content) {
        long bytes = account.received(content.content().readableBytes());
        return limit != null && !tunnelling() && bytes > limit.toBytes();
    }

    /** Whether the head of the final answer has been written. */
    boolean started() {
        return started;
    }

    /** Whether the connection may carry another request after this one. */
    boolean keepAlive() {
        return keepAlive;
    }

    /** Whether a backend's slot is held for no other reason than that the client does not take the response. */
    boolean responseHoldsSlot() {
        BodyWriter bodyWriter = writer;
        return bodyWriter != null && !bodyWriter.done() && !bodyWriter.sourceEnded();
    }

    /**
     * Whether a backend's slot is held for no other reason than that the client does not send the rest of the request. Streams of
     * gRPC may be quiet, and a client that has asked whether to go on may wait to be told (RFC 9110 section 10.1.1).
     */
    boolean requestHoldsSlot() {
        InboundBody body = requestBody;
        if (body == null || started || finished || body.ended() || !body.received()) {
            return false;
        }
        HttpHeaders headers = request.headers();
        boolean asked = headers.contains(FieldNames.EXPECT) && !toldToGoOn && account.bytesIn() == 0;
        String type = headers.get(FieldNames.CONTENT_TYPE);
        return !asked && (type == null || !type.regionMatches(true, 0, GRPC, 0, GRPC.length()));
    }

    void interim(HttpResponse response) {
        toldToGoOn = true;
        if (!started && HttpVersion.HTTP_1_1.equals(request.protocolVersion())) {
            channel()
                    .writeAndFlush(new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            response.status(),
                            Unpooled.EMPTY_BUFFER,
                            response.headers(),
                            EmptyHttpHeaders.INSTANCE));
        }
    }

    Mono<Void> send(HttpResponse head, InboundBody body) {
        return Mono.create(sink -> {
            sink.onCancel(() -> onLoop(this::cancelBody));
            onLoop(() -> stream(head, body, sink));
        });
    }

    Mono<Void> send(Problem problem, HttpHeaders more) {
        return send(() -> {
            keepAlive &= !problem.requestAtFault();
            account.answers(problem);
            FullHttpResponse response =
                    problem.toResponse(request.headers(), channel().alloc());
            response.headers().add(more);
            return response;
        });
    }

    /** Writes a whole answer, which is made at the time. */
    Mono<Void> send(Supplier<FullHttpResponse> response) {
        return Mono.create(sink -> onLoop(() -> {
            write(response.get());
            sink.success();
        }));
    }

    private void onLoop(Runnable task) {
        if (channel().eventLoop().inEventLoop()) {
            task.run();
        } else {
            channel().eventLoop().execute(task);
        }
    }

    private void stream(HttpResponse head, InboundBody body, MonoSink<Void> sink) {
        if (started || finished) {
            body.cancel();
            sink.success();
            return;
        }
        started = true;
        account.answered(head.status().code());
        sending = sink;
        connection.responseBegins();
        frame(head, false);
        connection.dropLargeFields(this);
        channel().write(head, channel().voidPromise());
        BodyWriter bodyWriter = new BodyWriter(channel(), body, this);
        writer = bodyWriter;
        bodyWriter.start();
    }

    /** Writes a whole answer. */
    void write(FullHttpResponse response) {
        if (started || finished) {
            ReferenceCountUtil.release(response);
            return;
        }
        started = true;
        account.answered(response.status().code());
        if (!HttpMethod.HEAD.equals(request.method())) {
            account.sent(response.content().readableBytes());
        }
        frame(response, true);
        finished(channel().writeAndFlush(response));
    }

    /** Sets what depends on this connection: version, framing and persistence. */
    private void frame(HttpResponse head, boolean whole) {
        account.mark(head.headers());
        if (Upgrade.switches(head)) {
            switched = true;
            closeDelimited = true;
            keepAlive = false;
            connection.switchProtocols(
                    "websocket".equalsIgnoreCase(head.headers().get(FieldNames.UPGRADE)));
            return;
        }
        if (tunnel != null) {
            connection.stayWithHttp(requestBody == null);
        }
        HttpHeaders headers = head.headers();
        boolean answersHead = HttpMethod.HEAD.equals(request.method());
        boolean http11 = HttpVersion.HTTP_1_1.equals(request.protocolVersion());
        connection.codec().answersHead(answersHead);
        head.setProtocolVersion(HttpVersion.HTTP_1_1);
        boolean bodiless = answersHead || whole || neverHasBody(head.status().code());
        if (!bodiless && !headers.contains(FieldNames.CONTENT_LENGTH)) {
            if (http11) {
                headers.set(FieldNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            } else {
                closeDelimited = true;
                keepAlive = false;
            }
        }
        if (!headers.contains(FieldNames.DATE)) {
            headers.set(FieldNames.DATE, HttpDate.now());
        }
        String alternative = connection.alternative();
        if (alternative != null && !headers.contains(HttpHeaderNames.ALT_SVC)) {
            headers.set(HttpHeaderNames.ALT_SVC, alternative);
        }
        keepAlive &= connection.mayKeepAlive() && (requestBody == null || requestBody.ended());
        if (!keepAlive) {
            connectionOption(headers, HttpHeaderValues.CLOSE);
        } else if (!http11) {
            connectionOption(headers, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    /** What is there already goes with an {@code Upgrade} field. */
    private static void connectionOption(HttpHeaders headers, AsciiString option) {
        String others = headers.get(FieldNames.CONNECTION);
        headers.set(FieldNames.CONNECTION, others == null ? option : others + ", " + option);
    }

    private static boolean neverHasBody(int status) {
        return status == 204 || status == 304;
    }

    @Override
    public void progress(int bytes) {
        account.sent(bytes);
        BodyWriter bodyWriter = writer;
        if (bodyWriter != null && !bodyWriter.done()) {
            connection.responseProgress(this, bodyWriter.waitingForSource());
        }
    }

    @Override
    public void bodyWritten(ChannelFuture written) {
        finished(written);
    }

    /** The answer broke off: the client must not take it for whole. */
    @Override
    public void bodyFailed(Throwable cause) {
        keepAlive = false;
        finished = true;
        account.ended(Ending.BROKEN, Cut.BACKEND_BROKE_OFF);
        completeSending();
        if (cause instanceof StreamFault fault) {
            connection.codec().brokenOffWith(fault.streamError());
        }
        connection.breakOff(closeDelimited);
    }

    private void finished(ChannelFuture written) {
        finished = true;
        if (written.isDone() && !written.isSuccess()) {
            account.cancelled();
        } else {
            account.written();
        }
        completeSending();
        connection.answered(this, written);
    }

    private void completeSending() {
        MonoSink<Void> sink = sending;
        if (sink != null) {
            sending = null;
            sink.success();
        }
    }

    private void cancelBody() {
        BodyWriter bodyWriter = writer;
        if (bodyWriter != null && !finished) {
            bodyWriter.cancel();
        }
    }

    void writabilityChanged() {
        BodyWriter bodyWriter = writer;
        if (bodyWriter != null) {
            bodyWriter.writabilityChanged();
        }
    }

    /** The client is gone, or is refused: whatever is being done for it stops. */
    void cancel(Throwable cause) {
        finished = true;
        if (switched) {
            account.written(); // A tunnel ends by one of its ends going away; its request was answered long ago.
        } else {
            account.cancelled();
        }
        Subscription running = handling;
        if (running != null) {
            running.cancel();
        }
        BodyWriter bodyWriter = writer;
        if (bodyWriter != null) {
            bodyWriter.cancel();
        }
        fail(requestBody, cause);
        fail(tunnel, cause);
    }

    private static void fail(@Nullable InboundBody body, Throwable cause) {
        if (body != null) {
            body.fail(cause);
            body.cancel();
        }
    }

    /** Whatever is left of the request is nobody's concern. */
    void dropRequestBody() {
        if (requestBody != null) {
            requestBody.cancel();
        }
        if (tunnel != null) {
            tunnel.cancel();
        }
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        handling = subscription;
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(@Nullable Void nothing) {
        // There is nothing to come.
    }

    @Override
    public void onError(Throwable cause) {
        connection.unhandled(account.id(), cause);
        onLoop(this::unanswered);
    }

    @Override
    public void onComplete() {
        onLoop(this::unanswered);
    }

    /** The application is done with the request: if it has not answered, this is the answer. */
    private void unanswered() {
        if (!started && !finished) {
            account.answers(UNHANDLED);
            write(UNHANDLED.toResponse(request.headers(), channel().alloc()));
        }
    }
}
