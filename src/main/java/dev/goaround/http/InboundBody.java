package dev.goaround.http;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * The body of one message while it arrives on a channel, and the back-pressure on it.
 *
 * <p>The connection that reads the message is its {@link Source} and offers it content; whoever sends the message on
 * registers a {@link Receiver}. Content flows by push. While the receiver asks for a pause, and until there is one, what
 * has been decoded already is kept and the source stops reading its socket, so that at most one read's worth waits here, or what
 * flow control lets a peer send. It takes about as much memory as it has bytes, however small its pieces.
 *
 * <p>A body can be delivered again from its start, to another receiver, as long as everything delivered so far was kept for
 * that (see {@link #keep}).
 *
 * <p>Not thread-safe: everything happens on the event loop that both channels of an exchange share.
 */
public final class InboundBody {

    /** The connection that the body arrives on. */
    public interface Source {

        /** Reads on, or stops reading, until told otherwise. */
        void read(boolean wanted);

        /** Nobody wants the rest of the body. */
        void abandoned();

        /**
         * So many more bytes wait to be delivered.
         *
         * @return whether there is memory for them; if not, they are dropped
         */
        default boolean hold(int bytes) {
            return true;
        }

        /** So many bytes that waited do not wait any more. */
        default void letGo(int bytes) {}
    }

    /** Whoever sends the body on. */
    public interface Receiver {

        /** Takes one piece over, with its reference. A {@link LastHttpContent} is the end, and carries the trailers. */
        void content(HttpContent content);

        /** For the moment there is no more: a good time to flush. */
        void flush();

        /** The body broke off; there will be no more. */
        void failed(Throwable cause);

        /** The body is taken away: nothing more comes, and it is nothing of this receiver's any more. */
        default void detach() {
            throw new UnsupportedOperationException("this receiver keeps its body");
        }
    }

    private final Source source;
    private FieldNameSet claims = ClaimFields.WELL_KNOWN;
    private final HeldPieces waiting = new HeldPieces();
    private @Nullable Receiver receiver;
    private @Nullable ReplayBuffer replay;
    private @Nullable Throwable failure;
    private boolean paused;
    private boolean reading = true;
    /** Whether the source is in the middle of what it has read, so that it will say when that is all. */
    private boolean moreAtHand = true;

    private boolean ended;
    private boolean cancelled;
    /** Whether something was delivered that is not kept. */
    private boolean gone;

    /** Returns a body without content, which has ended. */
    public static InboundBody empty() {
        InboundBody body = new InboundBody(new Source() {
            @Override
            public void read(boolean wanted) {
                // There is nothing to read.
            }

            @Override
            public void abandoned() {
                // There was nothing to abandon.
            }
        });
        body.offer(LastHttpContent.EMPTY_LAST_CONTENT);
        return body;
    }

    public InboundBody(Source source) {
        this.source = source;
    }

    /** Sets the fields that its trailers can't have because they are a proxy's word, where that is not the well-known ones. */
    public void setClaims(FieldNameSet claims) {
        this.claims = claims;
    }

    /** Returns the fields that its trailers can't have because they are a proxy's word. */
    FieldNameSet claims() {
        return claims;
    }

    /**
     * Adds a piece, taking over its reference.
     *
     * @return false if it would have to wait and its source has no memory for it: the body can't go on
     */
    public boolean offer(HttpContent content) {
        if (cancelled || failure != null) {
            ReferenceCountUtil.release(content);
            return true;
        }
        moreAtHand = true;
        if (receiver != null && !paused && waiting.isEmpty()) {
            ended = content instanceof LastHttpContent;
            deliver(content, receiver);
            return true;
        }
        int bytes = content.content().readableBytes();
        if (bytes > 0 && !source.hold(bytes)) {
            ReferenceCountUtil.release(content);
            return false;
        }
        ended = content instanceof LastHttpContent;
        waiting.add(content);
        if (!ended) {
            read(false);
        }
        return true;
    }

    /** Says that everything read from the socket so far has been offered. */
    public void readComplete() {
        moreAtHand = false;
        if (receiver != null) {
            receiver.flush();
        }
    }

    /** Ends the body with an error, after what has been offered already. Does nothing if it has ended. */
    public void fail(Throwable cause) {
        if (ended || cancelled || failure != null) {
            return;
        }
        failure = cause;
        if (receiver != null && waiting.isEmpty()) {
            receiver.failed(cause);
        }
    }

    /** Keeps what is delivered from now on, as far as that memory allows, so that the body can be {@linkplain #rewind rewound}. */
    public void keep(ReplayMemory memory) {
        replay = new ReplayBuffer(memory);
    }

    /** Keeps nothing any more: the body will not be asked for again. */
    public void forget() {
        ReplayBuffer kept = replay;
        if (kept != null) {
            gone |= kept.used();
            kept.release();
            replay = null;
        }
    }

    /** Whether another receiver can get the body from its start. */
    public boolean rewindable() {
        return !gone && !cancelled;
    }

    /** Takes the body away from its receiver, so that another one gets it from its start. It must be rewindable. */
    public void rewind() {
        if (!rewindable()) {
            throw new IllegalStateException("a part of this body is gone");
        }
        Receiver former = receiver;
        if (former != null) {
            former.detach();
            receiver = null;
        }
        paused = false;
        ReplayBuffer kept = replay;
        if (kept != null && kept.used()) {
            waiting.addAgain(kept.drain());
        }
    }

    /** Begins to deliver to this receiver; there must be no other. */
    public void receive(Receiver newReceiver) {
        if (receiver != null) {
            throw new IllegalStateException("this body has a receiver already");
        }
        receiver = newReceiver;
        deliver();
    }

    /** Stops delivering until {@link #resume}. */
    public void pause() {
        if (!paused) {
            paused = true;
            read(false);
        }
    }

    /** Delivers again after {@link #pause}. */
    public void resume() {
        if (paused) {
            paused = false;
            deliver();
        }
    }

    /** Drops what waits and what is still to come. Does nothing once everything has been delivered. */
    public void cancel() {
        forget();
        if (cancelled || (ended && waiting.isEmpty())) {
            return;
        }
        cancelled = true;
        int bytes = waiting.bytes();
        waiting.release();
        letGo(bytes);
        if (!ended && failure == null) {
            source.abandoned();
        }
    }

    /** Whether somebody takes the body, though perhaps not at this moment. */
    public boolean received() {
        return receiver != null;
    }

    /** Whether the end of the body has arrived, though perhaps not been delivered yet. */
    public boolean ended() {
        return ended;
    }

    private void deliver() {
        Receiver to = receiver;
        if (to == null) {
            return;
        }
        while (receiver == to && !paused && !cancelled && !waiting.isEmpty()) {
            int before = waiting.bytes();
            HttpContent next = waiting.remove();
            letGo(before - waiting.bytes());
            deliver(next, to);
        }
        if (receiver != to || paused || cancelled) {
            return;
        }
        if (failure != null) {
            to.failed(failure);
            return;
        }
        if (!moreAtHand) {
            to.flush();
        }
        read(true);
    }

    private void deliver(HttpContent content, Receiver to) {
        ReplayBuffer kept = replay;
        if (kept == null) {
            gone = true;
        } else if (!kept.keep(content)) {
            gone = true;
            forget();
        }
        to.content(content);
    }

    private void letGo(int bytes) {
        if (bytes > 0) {
            source.letGo(bytes);
        }
    }

    private void read(boolean wanted) {
        if (reading != wanted && !cancelled) {
            reading = wanted;
            // Once the body has ended its source reads something else already.
            if (!ended) {
                source.read(wanted);
            }
        }
    }
}
