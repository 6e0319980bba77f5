package dev.goaround.listen;

import dev.goaround.http.Deadline;
import dev.goaround.http.ReadSizes;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a client takes its answers: it may be slow, but not stand still for longer than
 * {@code goaround.listen.body-timeout}. Belongs to the event loop of the client's connection.
 */
final class AnswerDelivery {

    private final Channel channel;
    private final long timeout;
    private final Deadline deadline;
    private final ReadSizes readSizes;
    private final Runnable complete;
    private final Runnable tooSlow;
    private @Nullable ChannelFuture written;
    private long backlog;
    private boolean slow;

    /**
     * @param readSizes learns of clients that keep their answers waiting
     * @param complete called when the client has taken the whole of an answer that it did not take at once
     * @param tooSlow called when it stands still
     */
    AnswerDelivery(Channel channel, Duration timeout, ReadSizes readSizes, Runnable complete, Runnable tooSlow) {
        this.channel = channel;
        this.timeout = timeout.toNanos();
        this.deadline = new Deadline(channel.eventLoop(), this::expired);
        this.readSizes = readSizes;
        this.complete = complete;
        this.tooSlow = tooSlow;
    }

    /** Another exchange begins, whose answer is still to come. */
    void begin() {
        written = null;
    }

    /** The whole of an answer was handed to the channel. */
    void written(ChannelFuture answer) {
        written = answer;
        if (answer.isDone()) {
            progress(true);
            return;
        }
        progress(false);
        answer.addListener(done -> {
            if (written == done) {
                progress(true);
                complete.run();
            }
        });
    }

    /** Returns when the answer that was handed over last is taken, or null if there is none. */
    @Nullable
    ChannelFuture written() {
        return written;
    }

    /** Whether no answer waits to be taken. */
    boolean complete() {
        return written == null || written.isDone();
    }

    /** Called while an answer is sent: what is slow now, its source or the client? */
    void progress(boolean waitingForSource) {
        slow(!waitingForSource);
        if (waitingForSource) {
            deadline.clear();
        } else {
            backlog = channel.bytesBeforeWritable();
            deadline.set(timeout);
        }
    }

    void close() {
        deadline.close();
        slow(false);
    }

    private void slow(boolean now) {
        if (slow != now) {
            slow = now;
            if (now) {
                readSizes.slow();
            } else {
                readSizes.caughtUp();
            }
        }
    }

    private void expired() {
        if (readsOn()) {
            deadline.set(timeout);
        } else {
            tooSlow.run();
        }
    }

    /** Whether the client has taken anything of its answer since it was last written to or asked about. */
    private boolean readsOn() {
        long before = backlog;
        backlog = channel.bytesBeforeWritable();
        return backlog < before;
    }
}
