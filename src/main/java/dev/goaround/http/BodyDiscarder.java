package dev.goaround.http;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Takes a body that nobody wants, if it is short and comes soon, so that its connection can go on; gives up any other. */
public final class BodyDiscarder implements InboundBody.Receiver {

    private static final int MOST = 64 * 1024;

    /** A new connection costs less than to wait any longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final InboundBody body;
    private final Runnable beforeGivingUp;
    private final Future<?> timer;
    private int seen;

    private BodyDiscarder(InboundBody body, EventLoop loop, Runnable beforeGivingUp) {
        this.body = body;
        this.beforeGivingUp = beforeGivingUp;
        this.timer = loop.schedule(this::giveUp, PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Drops the body while it arrives.
     *
     * @param loop the event loop of the body
     * @param beforeGivingUp run if the body is not waited for to its end
     */
    public static void discard(InboundBody body, EventLoop loop, Runnable beforeGivingUp) {
        body.receive(new BodyDiscarder(body, loop, beforeGivingUp));
    }

    private void giveUp() {
        timer.cancel(false);
        beforeGivingUp.run();
        body.cancel();
    }

    @Override
    public void content(HttpContent content) {
        seen += content.content().readableBytes();
        ReferenceCountUtil.release(content);
        if (content instanceof LastHttpContent) {
            timer.cancel(false);
        } else if (seen > MOST) {
            giveUp();
        }
    }

    @Override
    public void flush() {}

    @Override
    public void failed(Throwable cause) {
        timer.cancel(false);
    }
}
