package dev.goaround.listen;

import dev.goaround.http.Deadline;
import dev.goaround.http.FieldNames;
import dev.goaround.http.InboundBody;
import dev.goaround.http.MalformedMessage;
import dev.goaround.http.Problem;
import dev.goaround.http.RequestMemory;
import dev.goaround.http.ServerCodec;
import dev.goaround.http.Upgrade;
import dev.goaround.listen.ServedRequest.Cut;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One connection of a client, or one stream of it, which carries one request only: takes its requests one after the other (RFC
 * 9112 section 9.3), hands each to the application, and refuses what is malformed, too large or too slow. Belongs to one event
 * loop.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements InboundBody.Source {

    private final TrafficServer server;
    private final Channel channel;
    private final ServerCodec codec;
    /** How long the client may take to send what it is about to send. */
    private final Deadline receiving;

    private final UploadDeadline upload;
    private final AnswerDelivery delivery;
    private final Peer peer;
    private final Farewell farewell;
    private final Stalls stalls;
    private final RequestMemory.Share memory;
    private final NamedClient named;
    private final @Nullable Redirects redirects;

    private @Nullable ClientExchange exchange;
    private Cut cut = Cut.CLIENT_WENT_AWAY;
    private int requests;
    private boolean requestRead;
    private boolean bodyPaused;
    private boolean readingStopped;
    private boolean headAwaited;
    /** Bytes of bodies that wait on a stream, and those of them that count among the memory for requests. */
    private int waiting;

    private int waitingInMemory;
    /** Notices a client that resets the connection after it has ended its direction; null while it has not. */
    private @Nullable ResetCheck halfClosed;

    /**
     * @param memory what the connection, or the one that this is a stream of, may have of the memory for requests
     * @param taken bytes that the client has ever taken
     */
    ClientConnection(
            TrafficServer server, Channel channel, ServerCodec codec, RequestMemory.Share memory, LongSupplier taken) {
        this.server = server;
        this.channel = channel;
        this.codec = codec;
        this.memory = memory;
        this.peer = Peer.of(channel);
        this.named = new NamedClient(server.connectionLimits(), peer);
        this.redirects = Redirects.of(channel);
        this.receiving = new Deadline(channel.eventLoop(), this::sendsTooSlowly);
        this.upload = new UploadDeadline(receiving, channel.eventLoop(), server.settings());
        this.delivery = new AnswerDelivery(
                channel, server.settings(), taken, server.readSizes(), this::awaitNextRequest, this::readsTooSlowly);
        this.farewell = new Farewell(channel, receiving, peer.secure(), codec.multiplexed());
        this.stalls = new Stalls(this, server.stalled(), taken);
    }

    Channel channel() {
        return channel;
    }

    ServerCodec codec() {
        return codec;
    }

    /** The version of HTTP that the client spoke: 1.0, 1.1, 2.0 or 3.0. */
    String version(HttpRequest request) {
        return HttpVersion.HTTP_1_0.equals(request.protocolVersion()) ? "1.0" : codec.version();
    }

    /** Whether a connection may outlive its current request. */
    boolean mayKeepAlive() {
        return !codec.multiplexed()
                && redirects == null
                && !farewell.begun()
                && !nothingToCome()
                && !server.stopping()
                && !server.settings().lastOnConnection(requests);
    }

    /** Whether the client has ended its direction of the connection, and nothing is left to be read of what it has sent. */
    private boolean nothingToCome() {
        return halfClosed != null && !codec.ahead() && !codec.readsOn();
    }

    /** How requests are told apart. */
    Tracking tracking() {
        return server.tracking();
    }

    /** The client's end of the connection. */
    Peer peer() {
        return peer;
    }

    /** Where else the client may come, as the value of an {@code Alt-Svc} field, or null for nowhere. */
    @Nullable
    String alternative() {
        return peer.secure() && !(Peer.connection(channel) instanceof QuicChannel) ? server.alternative() : null;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        awaitHead();
    }

    private void awaitHead() {
        headAwaited = true;
        receiving.set(server.settings().headerTimeout().toNanos());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (farewell.begun()) {
            ReferenceCountUtil.release(message);
            farewell.stillReceiving();
        } else if (message instanceof HttpRequest request) {
            begin(request);
        } else if (message instanceof HttpContent content) {
            content(content);
        } else if (message instanceof MalformedMessage malformed) {
            malformed(malformed);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(HttpRequest request) {
        headAwaited = false;
        receiving.clear();
        requests++;
        requestRead = false;
        delivery.begin();
        bodyPaused = false;
        // What holds the decoder may be a later request, which was read at once with this one.
        boolean tunnel = codec.multiplexed() ? codec.held() : Upgrade.of(request) != null;
        InboundBody body = RequestRules.hasBody(request) ? new InboundBody(this) : null;
        InboundBody after = tunnel ? new InboundBody(this) : null;
        ClientExchange begun = new ClientExchange(this, server.observer(), request, body, after);
        exchange = begun;
        server.began();
        Problem refusal = RequestRules.refusal(request, server.settings());
        if (refusal == null && !named.take(request.headers(), tracking().trusted())) {
            refusal = RequestRules.TOO_MANY_CONNECTIONS;
        }
        if (refusal == null && !begun.takeMemory(memory)) {
            server.counts().reached(ListenCounts.Limit.REQUEST_MEMORY);
            refusal = RequestRules.NO_MEMORY;
        }
        if (refusal != null) {
            refuse(refusal, request.headers());
            return;
        }
        if (body != null && begun.uploadLimited()) {
            upload.begin();
        }
        InboundRequest inbound =
                new InboundRequest(begun.account(), channel, codec.version(), request, body, after, peer);
        handled(inbound, OutboundResponse.to(begun)).subscribe(begun);
    }

    private Mono<Void> handled(InboundRequest request, OutboundResponse response) {
        Redirects elsewhere = redirects;
        return elsewhere != null
                        && elsewhere.concern(request.head(), peer, tracking().trusted())
                ? elsewhere.redirect(request.head(), response)
                : server.handle(request, response);
    }

    private void malformed(MalformedMessage malformed) {
        headAwaited = false;
        receiving.clear();
        ClientExchange on = exchange;
        refuse(
                RequestRules.refusal(malformed),
                on == null ? EmptyHttpHeaders.INSTANCE : on.request().headers());
    }

    private void content(HttpContent content) {
        ClientExchange on = exchange;
        if (on == null) {
            content.release();
            return;
        }
        if (on.bodyExceeds(server.settings().bodyLimit(), content)) {
            content.release();
            refuse(RequestRules.BODY_TOO_LARGE, on.request().headers());
            return;
        }
        InboundBody body = on.incoming();
        boolean last = content instanceof LastHttpContent;
        if (last) {
            requestRead = true;
            bodyPaused = false;
            receiving.clear();
            stalls.request(on, false);
        } else if (body != null && !bodyPaused && on.uploadLimited()) {
            upload.received(content.content().readableBytes());
        }
        if (body != null) {
            if (!body.offer(content)) {
                server.counts().reached(ListenCounts.Limit.REQUEST_MEMORY);
                refuse(RequestRules.NO_MEMORY, on.request().headers());
                return;
            }
        } else {
            content.release();
        }
        ChannelFuture written = delivery.written();
        if (last && written != null) {
            next(on, written);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (farewell.begun()) {
            // What follows a malformed message is not even decoded.
            farewell.stillReceiving();
            return;
        }
        ClientExchange on = exchange;
        if (nothingToCome() && incomplete(on)) {
            giveUp(on);
            return;
        }
        InboundBody body = on == null ? null : on.incoming();
        if (on != null && body != null) {
            body.readComplete();
            stalls.request(on, !requestRead && !bodyPaused);
        } else if (on == null && !headAwaited && codec.unfinished()) {
            awaitHead();
        }
        if (codec.ahead()) {
            adjustReading();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent && !codec.multiplexed()) {
            inputEnded();
        }
        context.fireUserEventTriggered(event);
    }

    /** The client sends no more. What it has sent whole is answered all the same (RFC 9112 section 9.6). */
    private void inputEnded() {
        halfClosed = new ResetCheck(channel);
        farewell.inputEnded();
        if (!farewell.begun() && nothingToCome() && incomplete(exchange)) {
            giveUp(exchange);
        }
    }

    /** Whether what is being read is no whole request. */
    private boolean incomplete(@Nullable ClientExchange on) {
        return on == null || (!requestRead && !on.tunnelling());
    }

    /** The client has ended the connection between requests, or in the middle of one. */
    private void giveUp(@Nullable ClientExchange on) {
        if (on == null) {
            closeIfIdle();
        } else {
            channel.close();
        }
    }

    /** The answer switches protocols: from now on the client's bytes are passed on as they are, and so is their end. */
    void switchProtocols(boolean webSocket) {
        if (!codec.multiplexed()) {
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, !peer.secure());
        }
        if (webSocket) {
            channel.pipeline().addLast(new WebSocketFarewell(channel::close));
        }
        // What follows the request is still to come to its end.
        requestRead = false;
        codec.switchProtocols();
        adjustReading();
    }

    /**
     * The answer does not switch protocols, so that the request is all there is.
     *
     * @param bodiless whether the request has no body, so that it is over
     */
    void stayWithHttp(boolean bodiless) {
        codec.stayWithHttp();
        if (bodiless) {
            content(LastHttpContent.EMPTY_LAST_CONTENT);
        }
        adjustReading();
    }

    /** The head of the final response is on its way: how long the rest of the request takes is for the two ends to agree on. */
    void responseBegins() {
        if (!requestRead) {
            receiving.clear();
        }
    }

    /** The answer has been handed to the channel, whole. */
    void answered(ClientExchange on, ChannelFuture written) {
        if (on != exchange) {
            return;
        }
        delivery.written(written);
        if (requestRead) {
            next(on, written);
        } else if (on.incoming() != null || codec.multiplexed()) {
            // The application did not wait for the rest of the request, which must not be taken for another one.
            end(on);
            linger(written);
        }
    }

    /** The exchange is over; the connection goes on with what came meanwhile, or waits for more, or closes. */
    private void next(ClientExchange done, ChannelFuture written) {
        end(done);
        if (done.keepAlive() && nothingToCome()) {
            closeIfIdle();
        } else if (done.keepAlive() && !server.refusing()) {
            awaitNextRequest();
            takeNext();
        } else if (codec.ahead()) {
            linger(written);
        } else {
            codec.dropRest();
            farewell.after(written);
        }
    }

    private void linger(ChannelFuture written) {
        codec.dropRest();
        farewell.linger(written);
    }

    /** Has the next request read, unless the answers before it are not taken. */
    private void takeNext() {
        if (exchange == null && !farewell.begun() && channel.isWritable()) {
            codec.next();
            adjustReading();
        }
    }

    private void awaitNextRequest() {
        if (exchange != null || farewell.begun() || !delivery.complete()) {
            return;
        }
        if (codec.unfinished()) {
            awaitHead();
        } else {
            receiving.set(server.settings().keepAliveTimeout().toNanos());
        }
    }

    private void end(ClientExchange done) {
        if (exchange == done) {
            exchange = null;
            stalls.over();
            done.dropRequestBody();
            done.giveMemory(memory);
            named.give();
            server.ended();
            done.account().over();
        }
    }

    /** Reads on unless the request's body is to wait, or what came before its turn does. */
    private void adjustReading() {
        boolean stop = bodyPaused || codec.ahead();
        if (halfClosed == null) {
            channel.config().setAutoRead(!stop);
        }
        readingStopped(stop);
    }

    /** What has been read by then is held, so that the more connections do that, the less each of them may read at a time. */
    private void readingStopped(boolean now) {
        if (readingStopped != now && !codec.multiplexed()) {
            readingStopped = now;
            if (now) {
                server.clientReads().slow();
            } else {
                server.clientReads().caughtUp();
            }
        }
    }

    /** Answers with the problem and closes, whatever was being done for the client. */
    private void refuse(Problem problem, HttpHeaders request) {
        farewell.begin();
        server.counts().refused(problem);
        ClientExchange on = exchange;
        boolean started = on != null && on.started();
        RequestIds ids = server.tracking().ids();
        String id = on == null ? ids.next() : on.account().id();
        boolean head = on != null && HttpMethod.HEAD.equals(on.request().method());
        FullHttpResponse response = problem.toResponse(request, channel.alloc());
        int bytes = head ? 0 : response.content().readableBytes();
        if (on == null) {
            server.observer()
                    .ended(new UnreadRequest(
                            id, codec.version(), problem, bytes, peer.ip(), peer.tlsVersionOn(channel)));
        } else {
            on.account().refused(problem, started, bytes);
        }
        cancel();
        codec.dropRest();
        if (started) {
            response.release();
            farewell.breakOff(true);
            return;
        }
        response.headers().set(FieldNames.CONNECTION, HttpHeaderValues.CLOSE).set(FieldNames.DATE, HttpDate.now());
        ids.mark(response.headers(), id);
        codec.answersHead(head);
        ChannelFuture written = channel.writeAndFlush(response);
        delivery.written(written);
        farewell.linger(written);
    }

    /** Called while an answer is sent: what is slow now, its source or the client? */
    void responseProgress(ClientExchange on, boolean waitingForSource) {
        delivery.progress(waitingForSource);
        stalls.response(on, !waitingForSource);
    }

    @Override
    public void read(boolean wanted) {
        bodyPaused = !wanted;
        adjustReading();
        ClientExchange on = exchange;
        if (on != null && !on.uploadLimited()) {
            return;
        }
        if (on != null) {
            stalls.request(on, wanted && !requestRead);
        }
        if (wanted) {
            upload.resume();
        } else {
            upload.pause();
        }
    }

    /**
     * On a stream as much may wait as its window has let through, and what that has grown by has a bound of its own; elsewhere it is one read,
     * which is bounded as such.
     */
    @Override
    public boolean hold(int bytes) {
        return !codec.multiplexed() || waits(waiting + bytes);
    }

    @Override
    public void letGo(int bytes) {
        if (codec.multiplexed()) {
            waits(waiting - bytes);
        }
    }

    private boolean waits(int bytes) {
        int covered = Math.max(0, bytes - codec.windowGrowth());
        if (covered > waitingInMemory && !memory.take(covered - waitingInMemory)) {
            return false;
        }
        if (covered < waitingInMemory) {
            memory.give(waitingInMemory - covered);
        }
        waiting = bytes;
        waitingInMemory = covered;
        return true;
    }

    /** What only backends need of the request's head is not needed any more. */
    void dropLargeFields(ClientExchange on) {
        on.dropLargeFields(memory);
    }

    @Override
    public void abandoned() {
        // What still comes is dropped as it comes. When the answer is complete before the request, the connection
        // closes.
        bodyPaused = false;
        adjustReading();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        ClientExchange on = exchange;
        if (on != null) {
            on.writabilityChanged();
        } else {
            takeNext();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        receiving.close();
        delivery.close();
        if (halfClosed != null) {
            halfClosed.close();
        }
        farewell.begin();
        readingStopped(false);
        cancel();
    }

    /** Another protocol than HTTP/1 is spoken here after all. */
    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        receiving.close();
        delivery.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        server.connectionFailed(cause);
        channel.close();
    }

    /** The answer broke off; see {@link Farewell#breakOff}. */
    void breakOff(boolean reset) {
        ClientExchange on = exchange;
        if (reset || codec.multiplexed() || on == null || on.incoming() == null || requestRead) {
            farewell.breakOff(reset);
            return;
        }
        // The client still sends: what it got must not be destroyed by a reset on its way.
        end(on);
        farewell.linger(channel.writeAndFlush(Unpooled.EMPTY_BUFFER));
    }

    void unhandled(String id, Throwable cause) {
        server.unhandled(id, cause);
    }

    /** Ends the connection if it is idle. */
    void closeIfIdle() {
        if (exchange != null || farewell.begun()) {
            return;
        }
        ChannelFuture last = delivery.written();
        if (last == null || last.isDone()) {
            channel.close();
        } else {
            farewell.after(last);
        }
    }

    private void readsTooSlowly() {
        server.counts().reached(ListenCounts.Limit.DOWNLOAD_RATE);
        endStalledResponse();
    }

    /** The client does not take the rest of the response. */
    void endStalledResponse() {
        cut = Cut.CLIENT_TOO_SLOW;
        breakOff(true);
    }

    /** The client does not send the rest of the request. */
    void endStalledRequest() {
        sendsTooSlowly();
    }

    /** How requests of this client and connection compare with others while slots are scarce. */
    IntSupplier precedence(RequestAccount of) {
        StalledRequests stalled = server.stalled();
        StalledRequests.Client client = stalls.client(of);
        return () -> stalled.precedence(client);
    }

    /** Why an answer is not whole when the connection ends. */
    Cut cut() {
        return server.stopped() ? Cut.SHUTDOWN : cut;
    }

    private void sendsTooSlowly() {
        ClientExchange on = exchange;
        if (farewell.begun() || (on == null && !codec.unfinished())) {
            channel.close();
        } else {
            refuse(
                    RequestRules.TOO_SLOW,
                    on == null ? EmptyHttpHeaders.INSTANCE : on.request().headers());
        }
    }

    /** Stops whatever is being done for the client. */
    private void cancel() {
        ClientExchange on = exchange;
        if (on != null) {
            on.cancel(new ClosedChannelException());
            end(on);
        }
    }
}
