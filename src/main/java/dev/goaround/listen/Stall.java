package dev.goaround.listen;

import dev.goaround.listen.StalledRequests.Client;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How long one direction of a client's request has been stalled by the client: its response is not taken, or its body not sent.
 * Belongs to the event loop of the request, but for its age.
 */
final class Stall {

    /** A client that moves so many bytes per second does not stall, however long it takes for the whole. */
    private static final double BYTES_PER_SECOND = 4096;

    /** Nor do those of a connection with several if each of them moves as many times that, up to this. */
    private static final int MAX_SHARING = 16;

    private final StalledRequests all;
    private final EventLoop loop;
    private final boolean response;
    private final LongSupplier moved;
    private final BooleanSupplier holdsSlot;
    private final Runnable end;
    private boolean added;
    private long movedBefore;

    /** Written by the event loop only, before {@link #since}. */
    private volatile @Nullable Client client;

    private volatile long accountedAt;
    private volatile boolean accounted;

    /** When the client began to stall, less what it has moved since; 0 while it does not. Written by the event loop only. */
    private volatile long since;

    /**
     * @param response whether it is the response that is not taken
     * @param moved bytes that the client has moved so far
     * @param holdsSlot whether the request holds a backend's slot for no other reason than the client
     * @param end ends the request
     */
    Stall(
            StalledRequests all,
            EventLoop loop,
            boolean response,
            LongSupplier moved,
            BooleanSupplier holdsSlot,
            Runnable end) {
        this.all = all;
        this.loop = loop;
        this.response = response;
        this.moved = moved;
        this.holdsSlot = holdsSlot;
        this.end = end;
    }

    EventLoop loop() {
        return loop;
    }

    boolean ofResponse() {
        return response;
    }

    /** Returns whose request it is, or null if there is none. */
    @Nullable
    Client client() {
        return client;
    }

    /** Whether it goes on until {@link #over}, so that the client is known. */
    boolean begun() {
        return client != null;
    }

    /** Returns for how long the client has been stalling at that time, in nanoseconds; 0 if it has not. */
    long age(long now) {
        long began = since;
        return began == 0 ? 0 : Math.max(0, now - began);
    }

    /** From now on nothing but this client keeps the request from going on, if nothing but it did not before. */
    void begin(Client whose) {
        client = whose;
        resume();
    }

    /** The client has to go on again. */
    void resume() {
        if (since != 0) {
            return;
        }
        movedBefore = moved.getAsLong();
        accounted = false;
        since(all.now());
        if (!added) {
            added = true;
            all.add(this);
        }
    }

    /** The client has done its part. */
    void pause() {
        if (since != 0) {
            since = 0;
        }
    }

    /** The request is over. */
    void over() {
        pause();
        client = null;
        if (added) {
            added = false;
            all.remove(this);
        }
    }

    /** Whether what the client has moved was taken into account at that time or later. */
    boolean accountedSince(long time) {
        return accounted && accountedAt - time >= 0;
    }

    /**
     * Takes into account what the client has moved.
     *
     * @param sharing requests on the same connection that are as slow: the more there are, the quicker each has to be
     */
    void account(int sharing) {
        if (since == 0) {
            return;
        }
        long now = all.now();
        long movedNow = moved.getAsLong();
        double rate = BYTES_PER_SECOND * Math.min(MAX_SHARING, sharing);
        long earned = (long) ((movedNow - movedBefore) * (TimeUnit.SECONDS.toNanos(1) / rate));
        movedBefore = movedNow;
        long began = since;
        since(holdsSlot.getAsBoolean() ? began + Math.min(earned, now - began) : now);
        accountedAt = now;
        accounted = true;
    }

    /** Ends the request if the client has stalled it for at least so long, and returns whether it did. */
    boolean endIfLongerThan(long patience, int sharing) {
        account(sharing);
        if (since == 0 || all.now() - since < patience) {
            return false;
        }
        end.run();
        return true;
    }

    private void since(long time) {
        since = time == 0 ? 1 : time;
    }
}
