package dev.goaround.upstream;

import dev.goaround.http.BodyWriter;
import dev.goaround.http.ClientCodec;
import dev.goaround.http.Deadline;
import dev.goaround.http.FieldNames;
import dev.goaround.http.InboundBody;
import dev.goaround.http.MalformedMessage;
import dev.goaround.http.Upgrade;
import dev.goaround.http.WebSocketFrames;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Circumstances;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a backend, carrying one request at a time (RFC 9112 section 9.3), or a stream of one, carrying one request.
 *
 * <p>It goes back to its pool only after a response that ended as announced, to a request that was written whole; a byte
 * that nobody asked for closes it. Belongs to one event loop.
 */
final class BackendConnection extends ChannelInboundHandlerAdapter implements InboundBody.Source, BodyWriter.Owner {

    /** A backend that sends more interim answers than this before the final one is stuck or hostile. */
    private static final int MAX_INTERIM = 100;

    private static final String UNREAD = "closed by the backend before it had read the request";

    private final Channel channel;
    private final Backend backend;
    private final Consumer<BackendConnection> whenIdle;
    private final ClientCodec codec;
    private final Supplier<Timeouts> timeouts;
    private final IdlePatience patience;
    private final Deadline deadline;
    private final Deadline tunnelLife;

    private @Nullable UpstreamExchange exchange;
    private @Nullable BodyWriter upload;
    private @Nullable InboundBody download;
    private boolean reused;
    private boolean headWritten;
    private @Nullable ChannelFuture bodyWritten;
    private boolean requestHandedOver;
    private boolean tunnel;
    /** A 101 that has come before all of the request was written. */
    private @Nullable HttpResponse switchingResponse;
    /** Tells both ends of a tunnel why it ends, where it is a WebSocket. */
    private @Nullable WebSocketClosing webSocket;

    private boolean readPaused;
    /** Whether nothing can be written any more, so that only what comes until the end counts. */
    private boolean outputLost;

    private boolean releasable;
    private boolean keepAlive;
    private boolean quietAtTimes;
    /** Whether the request is a call of gRPC, whose response may begin at any time. */
    private boolean grpcCall;

    private int interims;
    private int status;
    private boolean grpc;
    private int grpcStatus;

    /** When the connection became idle, while it is. */
    private long idleSince;

    private boolean idle;

    BackendConnection(
            Channel channel,
            Backend backend,
            ClientCodec codec,
            Supplier<Timeouts> timeouts,
            IdlePatience patience,
            Consumer<BackendConnection> whenIdle) {
        this.channel = channel;
        this.backend = backend;
        this.whenIdle = whenIdle;
        this.codec = codec;
        this.timeouts = timeouts;
        this.patience = patience;
        this.deadline = new Deadline(channel.eventLoop(), this::timedOut);
        this.tunnelLife = new Deadline(channel.eventLoop(), () -> endTunnel(WebSocketFrames.GOING_AWAY));
    }

    Channel channel() {
        return channel;
    }

    /** Says that what this is a stream of has carried requests before. */
    void reused() {
        reused = true;
    }

    /**
     * Whether an idle connection can carry this request: it is open, and the backend will hardly close it at this moment. For a request
     * that might not be repeated it is worth a closer look.
     */
    boolean usableFor(HttpRequest request) {
        boolean safe = HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method());
        if (PeerState.takesNothing(channel) || idleTime() > patience.limit(now())) {
            return false;
        }
        boolean gone = !safe && PeerState.gone(channel);
        if (gone) {
            backend.connectionCounts().closedEarly().increment();
        }
        return !gone;
    }

    /** Closes an idle connection that is not needed any more. */
    void retire() {
        idle = false;
        channel.close();
    }

    private long now() {
        return channel.eventLoop().ticker().nanoTime();
    }

    private long idleTime() {
        return now() - idleSince;
    }

    /** Sends the request of the exchange; the connection must be idle. */
    void send(UpstreamExchange next) {
        UpstreamRequest request = next.request();
        HttpRequest head = request.head();
        InboundBody body = request.body();
        if (reused) {
            backend.connectionCounts().reused().increment();
        }
        exchange = next;
        idle = false;
        headWritten = false;
        bodyWritten = null;
        readPaused = false;
        interims = 0;
        grpc = false;
        grpcStatus = Outcome.Answered.NO_GRPC_STATUS;
        switchingResponse = null;
        grpcCall = StreamingTypes.grpc(head.headers().get(FieldNames.CONTENT_TYPE));
        codec.answersHead(HttpMethod.HEAD.equals(head.method()));
        codec.answersUpgrade(request.tunnel() != null);
        requestHandedOver = body == null;
        if (body == null) {
            setDeadline();
            channel.writeAndFlush(head).addListener(this::headWritten);
            return;
        }
        channel.write(head).addListener(this::headWritten);
        if (exchange != next) {
            return;
        }
        BodyWriter writer = new BodyWriter(channel, body, this);
        upload = writer;
        writer.start();
        if (exchange == next) {
            setDeadline();
        }
    }

    private void headWritten(Future<? super Void> written) {
        if (written.isSuccess()) {
            headWritten = true;
            UpstreamExchange on = exchange;
            if (on != null && !codec.multiplexed()) {
                on.request().listener().sent();
            }
        } else if (!reused && Causes.unwritten(written.cause()) && channel.isActive()) {
            cantWrite();
        } else if (exchange != null) {
            fail(refused(written.cause()) ? Kind.REFUSED : Kind.CLOSED, Causes.describe(written.cause()));
        }
    }

    /** Whether the stream was never opened, since the backend has said that it would refuse it. */
    private static boolean refused(Throwable cause) {
        return cause instanceof Http2Exception http2 && http2.error() == Http2Error.REFUSED_STREAM;
    }

    @Override
    public void bodyWritten(ChannelFuture written) {
        requestHandedOver = true;
        bodyWritten = written;
        UpstreamExchange on = exchange;
        if (on != null) {
            on.request().listener().handedOver();
        }
        HttpResponse switching = switchingResponse;
        if (tunnel) {
            written.addListener(done -> clientEnded());
        } else if (switching != null && on != null) {
            openTunnel(on, switching);
        } else {
            setDeadline();
        }
    }

    /** The client has ended its direction of a tunnel; the backend learns of it, and has a while to end the other. */
    private void clientEnded() {
        if (codec.multiplexed()) {
            setDeadline();
        } else if (channel instanceof DuplexChannel duplex && channel.pipeline().get(SslHandler.class) == null) {
            duplex.shutdownOutput();
            setDeadline();
        } else {
            channel.close();
        }
    }

    @Override
    public void progress(int bytes) {
        backend.bytesSent().add(bytes);
        setDeadline();
    }

    /**
     * Time runs while the backend has to do something: take the request, answer, or go on with its answer. It does not
     * while the client has to, which has limits of its own, nor where silence means nothing: between the messages of a stream,
     * and before a response of gRPC, whose clients say themselves how long they wait.
     */
    private void setDeadline() {
        BodyWriter writer = upload;
        if (tunnel) {
            limit(requestHandedOver ? timeouts.get().body() : timeouts.get().tunnelIdle());
        } else if (writer != null && writer.waitingForSource()) {
            deadline.clear();
        } else if (download == null) {
            limit(grpcCall && requestHandedOver ? 0 : timeouts.get().response());
        } else if (readPaused) {
            deadline.clear();
        } else {
            limit(quietAtTimes ? timeouts.get().eventStream() : timeouts.get().body());
        }
    }

    /** @param nanos 0 for no limit */
    private void limit(long nanos) {
        if (nanos > 0) {
            deadline.set(nanos);
        } else {
            deadline.clear();
        }
    }

    @Override
    public void bodyFailed(Throwable cause) {
        UpstreamExchange on = exchange;
        if (on != null) {
            exchange = null;
            on.end(new Outcome.Cancelled());
        }
        close(WebSocketFrames.GOING_AWAY);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        UpstreamExchange on = exchange;
        if (on == null) {
            // Nobody asked for anything: whatever this is, the next request must not get it.
            ReferenceCountUtil.release(message);
            if (webSocket == null || !webSocket.closing()) {
                releasable = false;
                retire();
            }
            return;
        }
        if (message instanceof HttpResponse response) {
            head(on, response);
        } else if (message instanceof HttpContent content) {
            content(on, content);
        } else if (message instanceof MalformedMessage malformed) {
            fail(Kind.MALFORMED, malformed.detail());
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void head(UpstreamExchange on, HttpResponse response) {
        if (on.request().tunnel() != null && Upgrade.switches(response)) {
            switched(on, response);
            return;
        }
        if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            interim(on, response);
            return;
        }
        status = response.status().code();
        keepAlive = !codec.multiplexed() && HttpUtil.isKeepAlive(response);
        patience.announced(response.headers().get(FieldNames.KEEP_ALIVE));
        quietAtTimes = StreamingTypes.include(response.headers().get(FieldNames.CONTENT_TYPE));
        grpc = GrpcStatus.isGrpc(response.headers());
        grpcStatus = GrpcStatus.ofHead(response.headers());
        InboundBody body = new InboundBody(this);
        download = body;
        if (outputLost) {
            dropUpload();
        }
        setDeadline();
        on.respond(response, body, reused);
    }

    /**
     * Whatever is left of the request does not reach the backend any more. A backend that refuses a request without reading it has
     * responded before it closed (RFC 9112 section 9.5), so that what it sent is read to its end before the attempt fails.
     */
    private void cantWrite() {
        if (outputLost || tunnel) {
            return;
        }
        outputLost = true;
        BodyWriter writer = upload;
        if (writer != null) {
            writer.stop();
        }
        if (download != null) {
            dropUpload();
        }
        setDeadline();
    }

    /** The client may have to get rid of its request before it reads the response. */
    private void dropUpload() {
        BodyWriter writer = upload;
        if (writer != null) {
            writer.cancel();
        }
    }

    /** From now on what comes from either end goes to the other as it is, until one of them ends it. */
    private void switched(UpstreamExchange on, HttpResponse response) {
        if (!Upgrade.agreed(on.request().head(), response)) {
            fail(Kind.MALFORMED, "switched to a protocol that was not asked for");
            return;
        }
        status = response.status().code();
        keepAlive = false;
        download = new InboundBody(this);
        if ("websocket".equalsIgnoreCase(response.headers().get(FieldNames.UPGRADE))) {
            webSocket = new WebSocketClosing();
        }
        if (requestHandedOver) {
            openTunnel(on, response);
        } else {
            // The client's protocol changes once its request is at its end, whenever the backend's does (RFC 9110
            // section 7.8).
            switchingResponse = response;
            setDeadline();
        }
    }

    private void openTunnel(UpstreamExchange on, HttpResponse response) {
        InboundBody body = download;
        InboundBody fromClient = on.request().tunnel();
        if (body == null || fromClient == null) {
            return;
        }
        switchingResponse = null;
        tunnel = true;
        backend.tunnels().incrementAndGet();
        channel.closeFuture().addListener(closed -> backend.tunnels().decrementAndGet());
        requestHandedOver = false;
        deadline.clear();
        if (timeouts.get().tunnelLife() > 0) {
            tunnelLife.set(timeouts.get().tunnelLife());
        }
        WebSocketClosing closing = webSocket;
        if (closing != null) {
            channel.pipeline().addLast(closing);
        }
        BodyWriter writer = new BodyWriter(channel, fromClient, this);
        upload = writer;
        setDeadline();
        on.respond(response, body, reused);
        if (exchange == on) {
            writer.start();
        }
    }

    private void interim(UpstreamExchange on, HttpResponse response) {
        if (Upgrade.switches(response)) {
            fail(Kind.MALFORMED, "switched protocols without being asked");
        } else if (++interims > MAX_INTERIM) {
            fail(Kind.MALFORMED, "more than " + MAX_INTERIM + " interim answers");
        } else {
            on.interim(response);
        }
    }

    private void content(UpstreamExchange on, HttpContent content) {
        InboundBody body = download;
        if (body == null) {
            content.release();
            return;
        }
        backend.bytesReceived().add(content.content().readableBytes());
        if (content instanceof LastHttpContent && outputLost && !channel.isActive()) {
            // Only the connection's end delimits it, and that was no orderly one (RFC 9112 section 8).
            content.release();
            fail(Kind.CLOSED, UNREAD);
            return;
        }
        if (content instanceof LastHttpContent && !tunnel && codec.endedByClose() && PeerState.cutOff(channel)) {
            content.release();
            fail(Kind.CLOSED, "the connection ended without close_notify, so that the response may not be whole");
            return;
        }
        if (content instanceof LastHttpContent && switchingResponse != null) {
            content.release();
            fail(Kind.CLOSED, "closed by the backend");
            return;
        }
        if (content instanceof LastHttpContent last) {
            if (grpc && grpcStatus == Outcome.Answered.NO_GRPC_STATUS) {
                grpcStatus = GrpcStatus.of(last.trailingHeaders());
            }
            responseEnded(on);
        } else {
            setDeadline();
        }
        // What the backend ends without a Close frame ends so for the client, who takes it for what it is.
        if (webSocket != null) {
            webSocket.passes(content.content());
        }
        body.offer(content);
    }

    /** Ends what the client gets from a tunnel; one of a WebSocket is told why, unless the backend has done that. */
    private void endForClient(InboundBody body, int code) {
        WebSocketClosing closing = webSocket;
        HttpContent frame = closing == null ? null : closing.forClient(code);
        if (frame != null) {
            body.offer(frame);
        }
        body.offer(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    /** Ends a tunnel; both ends of a WebSocket are told why. */
    private void endTunnel(int code) {
        UpstreamExchange on = exchange;
        InboundBody body = download;
        BodyWriter writer = upload;
        if (on == null || body == null || webSocket == null) {
            channel.close();
            return;
        }
        exchange = null;
        upload = null;
        download = null;
        deadline.clear();
        tunnelLife.clear();
        on.end(new Outcome.Answered(status));
        if (writer != null) {
            writer.cancel();
        }
        close(code);
        endForClient(body, code);
    }

    /** Closes the connection; the backend of a WebSocket is told why. */
    private void close(int code) {
        WebSocketClosing closing = webSocket;
        if (closing == null || !closing.closeBackend(code)) {
            channel.close();
        }
    }

    /** Ends whatever is under way: the backend is gone. */
    void cutOff() {
        if (tunnel) {
            endTunnel(WebSocketFrames.SERVICE_RESTART);
        } else {
            channel.close();
        }
    }

    private void responseEnded(UpstreamExchange on) {
        BodyWriter writer = upload;
        exchange = null;
        upload = null;
        download = null;
        deadline.clear();
        on.end(new Outcome.Answered(status, grpcStatus));
        if (writer != null && !requestHandedOver) {
            // The backend did not wait for the rest of the request, so the rest must not reach it as another one.
            writer.cancel();
            keepAlive = false;
        }
        boolean written = headWritten && (bodyWritten == null || bodyWritten.isSuccess());
        if (!keepAlive || !written || !channel.isActive()) {
            channel.close();
            return;
        }
        channel.config().setAutoRead(true);
        reused = true;
        releasable = true;
    }

    /** Everything that was read has been looked at: only now is it certain that nothing follows the response. */
    private void release() {
        if (codec.unfinished()) {
            releasable = false;
            retire();
        } else if (releasable) {
            releasable = false;
            idle = true;
            idleSince = now();
            deadline.set(patience.limit(idleSince));
            whenIdle.accept(this);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        InboundBody body = download;
        if (body != null) {
            body.readComplete();
        }
        if (exchange == null && !codec.multiplexed() && webSocket == null) {
            release();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        BodyWriter writer = upload;
        if (writer != null) {
            writer.writabilityChanged();
        }
    }

    @Override
    public void read(boolean wanted) {
        readPaused = !wanted;
        channel.config().setAutoRead(wanted);
        setDeadline();
    }

    @Override
    public void abandoned() {
        UpstreamExchange on = exchange;
        if (on != null) {
            on.end(new Outcome.Cancelled());
        }
        abandon();
    }

    /** Closes the connection without blaming the backend. */
    void abandon() {
        exchange = null;
        BodyWriter writer = upload;
        if (writer != null) {
            writer.cancel();
        }
        close(WebSocketFrames.GOING_AWAY);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (idle) {
            backend.connectionCounts().closedEarly().increment();
            patience.closedAfter(idleTime(), now());
        }
        if (exchange != null) {
            // Whoever has begun to answer can't say that nothing was done.
            boolean refused = codec.refused() && download == null;
            fail(refused ? Kind.REFUSED : Kind.CLOSED, refused ? "refused by the backend" : closed());
        }
        deadline.close();
        tunnelLife.close();
    }

    private String closed() {
        if (codec.streamError() >= 0) {
            Http2Error error = Http2Error.valueOf(codec.streamError());
            return "the backend reset the stream: " + (error == null ? codec.streamError() : error);
        }
        return outputLost ? UNREAD : "closed by the backend";
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (exchange != null && Causes.unwritten(cause) && channel.isActive()) {
            cantWrite();
        } else if (exchange != null) {
            fail(Causes.kind(cause), outputLost ? UNREAD : Causes.describe(cause));
        } else {
            channel.close();
        }
    }

    /** Whether all of the request has left for the backend. */
    private boolean requestWritten() {
        return requestHandedOver && (bodyWritten == null || bodyWritten.isSuccess());
    }

    /** Returns how long a backend still has that takes the rest of a request from the kernel, which hides that from this. */
    private long timeLeft() {
        long limit = timeouts.get().response();
        boolean uploads = upload != null && download == null && !outputLost;
        return uploads ? limit - Math.min(limit, PeerState.sinceSent(channel)) : 0;
    }

    private void timedOut() {
        long left = timeLeft();
        if (exchange == null) {
            retire();
        } else if (tunnel) {
            endTunnel(WebSocketFrames.GOING_AWAY);
        } else if (left > 0) {
            deadline.set(left);
        } else {
            if (codec.multiplexed()) {
                channel.parent().pipeline().fireUserEventTriggered(MultiplexedConnection.STREAM_TIMED_OUT);
            }
            fail(Kind.TIMEOUT, "timed out");
        }
    }

    /** A stream that is reset says something about the backend, unless that has refused it, or its connection has ended. */
    private boolean expectedToClose() {
        return !codec.multiplexed() || codec.refused() || PeerState.takesNothing(channel.parent());
    }

    /** A backend of HTTP/2 that was asked in HTTP/1.1 after all does not speak that, or not here. */
    private void notImplemented(UpstreamExchange on) {
        BodyWriter writer = upload;
        exchange = null;
        upload = null;
        deadline.clear();
        channel.close();
        if (writer != null) {
            writer.cancel();
        }
        on.notImplemented(false);
    }

    private void fail(Kind kind, String detail) {
        UpstreamExchange on = exchange;
        if (on == null) {
            return;
        }
        if (on.overHttp1() && download == null && !reused && (kind == Kind.MALFORMED || kind == Kind.CLOSED)) {
            notImplemented(on);
            return;
        }
        // What came behind a 101 that nobody has seen is dropped.
        InboundBody unseen = switchingResponse == null ? null : download;
        if (unseen != null) {
            download = null;
        }
        Phase phase = download != null ? Phase.BODY : requestWritten() ? Phase.WAIT : Phase.WRITE;
        Outcome.Failed failure = new Outcome.Failed(
                phase,
                kind,
                backend.gone() ? "cut off, since the backend has left the pool" : detail,
                reused && expectedToClose() && !backend.gone(),
                headWritten && !codec.refused(),
                new Circumstances(false, upload != null && !requestWritten(), codec.streamError()));
        if (failure.stale() && !codec.multiplexed()) {
            backend.connectionCounts().closedEarly().increment();
        }
        InboundBody body = download;
        BodyWriter writer = upload;
        exchange = null;
        upload = null;
        download = null;
        deadline.clear();
        channel.close();
        if (unseen != null) {
            unseen.cancel();
        }
        if (writer != null && body != null) {
            writer.cancel();
        } else if (writer != null) {
            writer.detach();
        }
        if (tunnel) {
            // What the two ends do with each other says nothing about the backend as a whole.
            on.end(new Outcome.Answered(status));
        } else {
            on.fail(failure);
        }
        if (body != null) {
            body.fail(new AttemptFailedException(failure));
        }
    }
}
