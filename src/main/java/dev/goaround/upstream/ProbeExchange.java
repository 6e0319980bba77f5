package dev.goaround.upstream;

import dev.goaround.health.Span;
import dev.goaround.http.MalformedMessage;
import dev.goaround.http2.ClientStream;
import dev.goaround.http2.WindowBudget;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import dev.goaround.upstream.ProbeReport.Finding;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One question to a backend on a connection of its own, and the answer. Belongs to the event loop of that connection. */
final class ProbeExchange extends ChannelInboundHandlerAdapter implements Dialer.Answer {

    /** Told once how it went. */
    interface Listener {

        /** The backend answered; the finding is what it says of itself, or null if it leaves that to the status. */
        void answered(int status, @Nullable Finding finding);

        /**
         * The probe failed.
         *
         * @param silent whether it failed only since no response came in time
         */
        void failed(String why, boolean silent);
    }

    private final HttpRequest question;
    private final Duration timeout;
    private final Function<HttpResponse, ProbeReport> reports;
    private final Listener listener;
    private @Nullable Dialer towards;
    private @Nullable Channel channel;
    private @Nullable Future<?> deadline;
    private @Nullable ProbeReport report;
    private int status;
    private boolean over;

    /**
     * @param reports gives what reads the answer, once its head is there
     * @param timeout for all of it, from resolving the name to the end of the answer
     */
    ProbeExchange(
            HttpRequest question, Function<HttpResponse, ProbeReport> reports, Duration timeout, Listener listener) {
        this.question = question;
        this.reports = reports;
        this.timeout = timeout;
        this.listener = listener;
    }

    void start(EventLoop loop, Dialer dialer) {
        deadline = loop.schedule(this::timedOut, timeout.toNanos(), TimeUnit.NANOSECONDS);
        towards = dialer;
        dialer.dial(loop, null, this);
    }

    @Override
    public boolean wanted() {
        return !over;
    }

    @Override
    public void connected(Channel opened, boolean http2) {
        Dialer dialer = Objects.requireNonNull(towards);
        channel = opened;
        if (over) {
            opened.close();
        } else if (http2) {
            Http2Client.begin(opened, dialer.limits(), WindowBudget.none(), new ConnectionOfStream());
            ClientStream codec = new ClientStream(dialer.limits(), dialer.scheme());
            Http2Client.open(opened, stream -> stream.pipeline().addLast(codec, this))
                    .addListener((Future<Http2StreamChannel> stream) -> ask(stream));
        } else {
            dialer.speakHttp1(opened);
            opened.pipeline().addLast(this);
            opened.writeAndFlush(question);
        }
    }

    private void ask(Future<Http2StreamChannel> stream) {
        if (stream.isSuccess()) {
            stream.getNow().writeAndFlush(question);
        } else {
            fail(stream.cause());
        }
    }

    /** What goes wrong with the connection goes wrong with its one stream. */
    private static final class ConnectionOfStream extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext context, Object frame) {
            ReferenceCountUtil.release(frame);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    @Override
    public void failed(Phase phase, Kind kind, Throwable cause) {
        fail(cause);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpResponse head) {
            head(head);
        } else if (message instanceof HttpContent content) {
            content(content);
        } else if (message instanceof MalformedMessage) {
            fail("not HTTP");
        }
        ReferenceCountUtil.release(message);
    }

    private void head(HttpResponse head) {
        if (head.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
            status = head.status().code();
            report = reports.apply(head);
        }
    }

    private void content(HttpContent content) {
        ProbeReport body = report;
        if (body == null || over) {
            return;
        }
        body.add(content.content());
        if (content instanceof LastHttpContent last) {
            body.trailers(last.trailingHeaders());
        }
        if ((content instanceof LastHttpContent || body.full()) && end()) {
            listener.answered(status, body.finding());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(report == null ? "closed without an answer" : "closed during its answer");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(cause);
    }

    private void timedOut() {
        fail("timed out after " + new Span(timeout), true);
    }

    private void fail(Throwable cause) {
        fail(ProbeFailures.inWords(cause, timeout), ProbeFailures.silent(cause));
    }

    private void fail(String why) {
        fail(why, false);
    }

    private void fail(String why, boolean silent) {
        if (end()) {
            listener.failed(why, silent);
        }
    }

    /** Ends the exchange and its connection; returns whether it has been going on until now. */
    private boolean end() {
        if (over) {
            return false;
        }
        over = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (channel != null) {
            channel.close();
        }
        return true;
    }
}
