package dev.goaround.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/**
 * Writes the body of one message to a channel as it arrives from another, no faster than the channel takes it.
 *
 * <p>Its owner tells it when the channel's writability changes. Not thread-safe: belongs to the event loop of the channel.
 */
public final class BodyWriter implements InboundBody.Receiver {

    /** What the owner of the channel does at the end. */
    public interface Owner {

        /** The last piece was handed to the channel, which will have written it when the future says so. */
        void bodyWritten(ChannelFuture written);

        /** The body broke off before its end. */
        void bodyFailed(Throwable cause);

        /** So many bytes went to the channel, or (with 0) it takes more again. */
        void progress(int bytes);
    }

    private final Channel channel;
    private final InboundBody body;
    private final Owner owner;
    private boolean done;
    private boolean stopped;

    public BodyWriter(Channel channel, InboundBody body, Owner owner) {
        this.channel = channel;
        this.body = body;
        this.owner = owner;
    }

    /** Begins. The head has been written before; where that does not fit the channel, it is flushed. */
    public void start() {
        pauseUnlessWritable();
        if (!channel.isWritable()) {
            owner.progress(0);
        }
        if (!done) {
            body.receive(this);
        }
    }

    @Override
    public void content(HttpContent content) {
        if (done) {
            ReferenceCountUtil.release(content);
            return;
        }
        int size = content.content().readableBytes();
        if (content instanceof LastHttpContent last) {
            done = true;
            TrailerRules.apply(last.trailingHeaders(), body.claims());
            owner.progress(size);
            owner.bodyWritten(channel.writeAndFlush(last));
            return;
        }
        channel.write(content, channel.voidPromise());
        pauseUnlessWritable();
        owner.progress(size);
    }

    /** What fills the channel must be flushed first, or it would never be written and the channel stay full. */
    private void pauseUnlessWritable() {
        if (!channel.isWritable()) {
            channel.flush();
            if (!done && !channel.isWritable()) {
                body.pause();
            }
        }
    }

    @Override
    public void flush() {
        if (!done) {
            channel.flush();
        }
    }

    @Override
    public void failed(Throwable cause) {
        if (!done) {
            done = true;
            owner.bodyFailed(cause);
        }
    }

    /** To be called when the channel's writability has changed. */
    public void writabilityChanged() {
        if (!done && !stopped && channel.isWritable()) {
            body.resume();
            owner.progress(0);
        }
    }

    /** Takes no more of the body, since the channel takes nothing any more. What becomes of the rest is for others to say. */
    public void stop() {
        stopped = true;
        if (!done) {
            body.pause();
        }
    }

    /** Gives up: what still arrives is dropped, and the source learns that nobody wants it. */
    public void cancel() {
        if (!done) {
            done = true;
            body.cancel();
        }
    }

    /** Writes no more, and leaves the body to whoever may have another use for it. */
    @Override
    public void detach() {
        done = true;
    }

    /** Whether the last piece was handed to the channel, or never will be. */
    public boolean done() {
        return done;
    }

    /** Whether the source has given all of the body, though it may not all be written yet. */
    public boolean sourceEnded() {
        return body.ended();
    }

    /** Returns whether nothing but the source keeps the body from being written. */
    public boolean waitingForSource() {
        return !done && !stopped && channel.isWritable();
    }
}
