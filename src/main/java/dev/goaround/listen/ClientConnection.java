package dev.goaround.listen;

import dev.goaround.http.Deadline;
import dev.goaround.http.FieldNames;
import dev.goaround.http.InboundBody;
import dev.goaround.http.Problem;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection of a client: takes its requests one after the other (RFC 9112 section 9.3), hands each to the
 * application, and refuses what is malformed, too large or too slow. Belongs to one event loop.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements InboundBody.Source {

    private final TrafficServer server;
    private final Channel channel;
    private final RequestDecoder decoder;
    private final ResponseEncoder encoder;
    private final Deadline deadline;
    private final Peer peer;
    private final Farewell farewell;
    private final Queue<HttpObject> pipelined = new ArrayDeque<>(0);

    private @Nullable ClientExchange exchange;
    private boolean requestRead;
    private @Nullable ChannelFuture lastWrite;
    private boolean bodyPaused;
    private boolean servingPipelined;
    private boolean headAwaited;
    private long backlog;

    ClientConnection(TrafficServer server, Channel channel, RequestDecoder decoder, ResponseEncoder encoder) {
        this.server = server;
        this.channel = channel;
        this.decoder = decoder;
        this.encoder = encoder;
        this.peer = Peer.of(channel);
        this.deadline = new Deadline(channel.eventLoop(), this::timedOut);
        this.farewell = new Farewell(channel, deadline, peer.secure());
    }

    Channel channel() {
        return channel;
    }

    ResponseEncoder encoder() {
        return encoder;
    }

    /** Whether a connection may outlive its current request. */
    boolean mayKeepAlive() {
        return !farewell.begun() && !server.stopping();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        headAwaited = true;
        deadline.set(server.settings().headerTimeout().toNanos());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        decoder.messageRead();
        if (farewell.begun()) {
            ReferenceCountUtil.release(message);
            farewell.stillReceiving();
        } else if (exchange != null && requestRead) {
            pipelined.add((HttpObject) message);
            adjustReading();
        } else {
            take((HttpObject) message);
        }
    }

    private void take(HttpObject message) {
        if (message instanceof HttpRequest request) {
            begin(request);
        } else if (message instanceof HttpContent content) {
            content(content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(HttpRequest request) {
        headAwaited = false;
        deadline.clear();
        if (request.decoderResult().isFailure()) {
            Problem problem = RequestRules.undecodable(request.decoderResult().cause());
            ReferenceCountUtil.release(request);
            refuse(problem, EmptyHttpHeaders.INSTANCE);
            return;
        }
        requestRead = false;
        lastWrite = null;
        bodyPaused = false;
        ClientExchange begun =
                new ClientExchange(this, request, RequestRules.hasBody(request) ? new InboundBody(this) : null);
        exchange = begun;
        server.began();
        Problem refusal = RequestRules.refusal(request, server.settings());
        if (refusal != null) {
            refuse(refusal, request.headers());
            return;
        }
        if (begun.requestBody() != null) {
            deadline.set(server.settings().bodyTimeout().toNanos());
        }
        server.handle(new InboundRequest(channel, request, begun.requestBody(), peer), OutboundResponse.to(begun))
                .subscribe(begun);
    }

    private void content(HttpContent content) {
        ClientExchange on = exchange;
        if (on == null) {
            content.release();
            return;
        }
        if (content.decoderResult().isFailure()) {
            content.release();
            refuse(
                    RequestRules.undecodable(content.decoderResult().cause()),
                    on.request().headers());
            return;
        }
        if (on.bodyExceeds(server.settings().bodyLimit(), content)) {
            content.release();
            refuse(RequestRules.BODY_TOO_LARGE, on.request().headers());
            return;
        }
        InboundBody body = on.requestBody();
        boolean last = content instanceof LastHttpContent;
        if (last) {
            requestRead = true;
            bodyPaused = false;
            deadline.clear();
        } else if (body != null) {
            deadline.set(server.settings().bodyTimeout().toNanos());
        }
        if (body != null) {
            body.offer(content);
        } else {
            content.release();
        }
        ChannelFuture written = lastWrite;
        if (last && written != null) {
            next(on, written);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        ClientExchange on = exchange;
        if (on != null && on.requestBody() != null) {
            on.requestBody().readComplete();
        } else if (on == null && !farewell.begun() && !headAwaited && decoder.unfinished()) {
            headAwaited = true;
            deadline.set(server.settings().headerTimeout().toNanos());
        }
    }

    /** The answer has been handed to the channel, whole. */
    void answered(ClientExchange on, ChannelFuture written) {
        if (on != exchange) {
            return;
        }
        lastWrite = written;
        if (requestRead) {
            next(on, written);
        } else if (on.requestBody() != null) {
            // The application did not wait for the rest of the request, which must not be taken for another one.
            on.requestBody().cancel();
            end(on);
            releasePipelined();
            farewell.linger(written);
        }
    }

    /** The exchange is over; the connection goes on with what came meanwhile, or waits for more, or closes. */
    private void next(ClientExchange done, ChannelFuture written) {
        end(done);
        if (done.keepAlive() && !server.refusing()) {
            deadline.set(server.settings().keepAliveTimeout().toNanos());
            serve();
            return;
        }
        releasePipelined();
        farewell.after(written);
    }

    private void end(ClientExchange done) {
        if (exchange == done) {
            exchange = null;
            server.ended();
        }
    }

    /** Takes messages that came before their turn. */
    private void serve() {
        if (servingPipelined) {
            return;
        }
        servingPipelined = true;
        while (!farewell.begun() && !pipelined.isEmpty() && !(exchange != null && requestRead)) {
            take(pipelined.remove());
        }
        servingPipelined = false;
        if (!farewell.begun()) {
            adjustReading();
        }
    }

    /** Reads on unless the request's body is to wait, or requests that came before their turn do. */
    private void adjustReading() {
        channel.config().setAutoRead(pipelined.isEmpty() && !bodyPaused);
    }

    /** Answers with the problem and closes, whatever was being done for the client. */
    private void refuse(Problem problem, HttpHeaders request) {
        farewell.begin();
        ClientExchange on = exchange;
        boolean started = on != null && on.started();
        cancel();
        releasePipelined();
        if (started) {
            farewell.breakOff(true);
            return;
        }
        FullHttpResponse response = problem.toResponse(request, channel.alloc());
        response.headers().set(FieldNames.CONNECTION, HttpHeaderValues.CLOSE).set(FieldNames.DATE, HttpDate.now());
        encoder.answersHead(on != null && HttpMethod.HEAD.equals(on.request().method()));
        farewell.linger(channel.writeAndFlush(response));
    }

    /** Called while an answer is sent: what is slow now, its source or the client? */
    void responseProgress(boolean waitingForSource) {
        if (waitingForSource) {
            if (requestRead) {
                deadline.clear();
            }
        } else {
            backlog = channel.bytesBeforeWritable();
            deadline.set(server.settings().bodyTimeout().toNanos());
        }
    }

    @Override
    public void read(boolean wanted) {
        bodyPaused = !wanted;
        adjustReading();
        if (wanted) {
            deadline.set(server.settings().bodyTimeout().toNanos());
        } else {
            deadline.clear();
        }
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
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        deadline.close();
        farewell.begin();
        releasePipelined();
        cancel();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        server.connectionFailed(cause);
        channel.close();
    }

    /** The answer broke off; see {@link Farewell#breakOff}. */
    void breakOff(boolean reset) {
        farewell.breakOff(reset);
    }

    void unhandled(Throwable cause) {
        server.unhandled(cause);
    }

    /** Ends the connection if it is idle. */
    void closeIfIdle() {
        if (exchange == null && !farewell.begun()) {
            channel.close();
        }
    }

    private void timedOut() {
        ClientExchange on = exchange;
        if (farewell.begun() || (on == null && !decoder.unfinished())) {
            channel.close();
        } else if (on != null && on.started() && readsOn()) {
            deadline.set(server.settings().bodyTimeout().toNanos());
        } else {
            refuse(
                    RequestRules.TOO_SLOW,
                    on == null ? EmptyHttpHeaders.INSTANCE : on.request().headers());
        }
    }

    /** Whether the client has taken anything of its answer since it was last written to or asked about. */
    private boolean readsOn() {
        long before = backlog;
        backlog = channel.bytesBeforeWritable();
        return backlog < before;
    }

    /** Stops whatever is being done for the client. */
    private void cancel() {
        ClientExchange on = exchange;
        if (on != null) {
            on.cancel(new ClosedChannelException());
            end(on);
        }
    }

    private void releasePipelined() {
        pipelined.forEach(ReferenceCountUtil::release);
        pipelined.clear();
    }
}
