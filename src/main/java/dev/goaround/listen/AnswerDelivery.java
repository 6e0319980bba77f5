package dev.goaround.listen;

import dev.goaround.http.Deadline;
import dev.goaround.http.ReadSizes;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a client takes its responses: it may stand still for {@code goaround.listen.body-timeout}, and take no fewer
 * bytes than {@code goaround.listen.minimum-download-rate} on average over that time. Time does not count while there is nothing
 * to send. Belongs to the event loop of the client's connection.
 */
final class AnswerDelivery {

    private static final int LOOKS = 4;
    /** Over what time the rate is an average where there is no time-out. */
    private static final long RATE_ALONE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Channel channel;
    private final long timeout;
    private final long minimumRate;
    private final LongSupplier taken;
    private final Deadline deadline;
    private final ReadSizes readSizes;
    private final Runnable complete;
    private @Nullable ChannelFuture written;
    /** The last whole response, unless another has begun to be sent since. */
    private @Nullable ChannelFuture last;

    /** Nanoseconds that the client may still keep a response waiting; what it takes earns more, up to the time-out. */
    private long allowance;

    private long takenBefore;
    private long waitingSince;
    private boolean slow;

    /**
     * @param taken bytes that the client has ever taken
     * @param readSizes learns of clients that keep their responses waiting
     * @param complete called when the client has taken the whole of a response that it did not take at once
     * @param tooSlow called when it stands still, or takes too little
     */
    AnswerDelivery(
            Channel channel,
            ListenSettings settings,
            LongSupplier taken,
            ReadSizes readSizes,
            Runnable complete,
            Runnable tooSlow) {
        this.channel = channel;
        this.minimumRate = settings.minimumDownloadRate().toBytes();
        this.timeout = timeout(settings);
        this.taken = taken;
        this.deadline = new Deadline(channel.eventLoop(), () -> expired(tooSlow));
        this.readSizes = readSizes;
        this.complete = complete;
        this.allowance = timeout;
    }

    /** Nanoseconds to stand still, or to take less than the minimum; 0 for any time. */
    private static long timeout(ListenSettings settings) {
        long standingStill = settings.bodyTimeout().toNanos();
        boolean rateOnly = standingStill == 0 && settings.minimumDownloadRate().toBytes() > 0;
        return rateOnly ? RATE_ALONE_NANOS : standingStill;
    }

    /** Another exchange begins, whose response is still to come. */
    void begin() {
        written = null;
        account();
        allowance = timeout;
    }

    /** The whole of a response was handed to the channel. */
    void written(ChannelFuture response) {
        written = response;
        if (response.isDone()) {
            progress(true);
            return;
        }
        progress(false);
        last = response;
        response.addListener(done -> {
            if (last == done) {
                progress(true);
                if (written == done) {
                    complete.run();
                }
            }
        });
    }

    /** Returns when the response that was handed over last is taken, or null if there is none. */
    @Nullable
    ChannelFuture written() {
        return written;
    }

    /** Whether no response waits to be taken. */
    boolean complete() {
        return written == null || written.isDone();
    }

    /** Called while a response is sent: what is slow now, its source or the client? */
    void progress(boolean waitingForSource) {
        last = null;
        account();
        slow(!waitingForSource);
        if (waitingForSource) {
            deadline.clear();
        } else {
            awaitClient();
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
                waitingSince = now();
                takenBefore = taken.getAsLong();
                readSizes.slow();
            } else {
                readSizes.caughtUp();
            }
        }
    }

    private void expired(Runnable tooSlow) {
        account();
        if (allowance > 0) {
            awaitClient();
        } else {
            tooSlow.run();
        }
    }

    /** Looks several times before the end, for the sooner it is known what was taken the less can be saved up. */
    private void awaitClient() {
        if (timeout > 0) {
            deadline.set(Math.max(1, Math.min(allowance, timeout / LOOKS)));
        }
    }

    /** Charges the client with the time that it has kept a response waiting, less what it has earned meanwhile. */
    private void account() {
        if (!slow) {
            return;
        }
        long now = now();
        long takenNow = taken.getAsLong();
        allowance = Math.min(timeout, allowance - (now - waitingSince) + earned(takenNow - takenBefore));
        waitingSince = now;
        takenBefore = takenNow;
    }

    private long earned(long bytes) {
        if (minimumRate == 0) {
            return bytes > 0 ? Long.MAX_VALUE / 2 : 0;
        }
        return (long) (bytes * SECOND / minimumRate);
    }

    private long now() {
        return channel.eventLoop().ticker().nanoTime();
    }
}
