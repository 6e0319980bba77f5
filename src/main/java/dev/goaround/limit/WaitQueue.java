package dev.goaround.limit;

import dev.goaround.limit.NotAdmittedException.Reason;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.OutcomeObserver;
import dev.goaround.pool.PickContext;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The one queue of requests that wait while every backend is full, bounded in length and time.
 *
 * <p>First come, first served, until somebody has waited for longer than the target. It is a standing queue then, and served from its newest
 * end: under overload somebody has to be turned away, and those who have waited the longest are the likeliest to have
 * given up (the idea of CoDel, RFC 8289, in the form of Maurer, "Fail at Scale", ACM Queue 13(8), 2015: adaptive LIFO).
 * A request that comes to a standing queue which is full takes the place of the oldest.
 *
 * <p>Requests of clients that stall others come after all that don't: they are served when none of these waits, and make room for them
 * in a full queue.
 *
 * <p>Thread-safe, without locks: whoever frees a place serves the queue, one thread at a time, the others leaving word that there is more to
 * do.
 */
public final class WaitQueue implements OutcomeObserver {

    private final BackendPool pool;
    private final Supplier<LimitSettings> settings;
    private final LongSupplier nanoTime;
    private final ConcurrentLinkedDeque<Waiter> waiters = new ConcurrentLinkedDeque<>();
    private final AtomicInteger length = new AtomicInteger();
    private final AtomicInteger work = new AtomicInteger();
    private final LongAdder turnedAway = new LongAdder();
    private final LongAdder outOfTime = new LongAdder();

    /** Set once, while the objects are put together. */
    private volatile LongConsumer waits = nanos -> {};

    /** Set once, while the objects are put together. */
    private volatile Runnable relief = () -> {};

    /** How far behind others a request may come. */
    private static final int LAST = 2;

    /** @param nanoTime the time, as {@link System#nanoTime} */
    public WaitQueue(BackendPool pool, Supplier<LimitSettings> settings, LongSupplier nanoTime) {
        this.pool = pool;
        this.settings = settings;
        this.nanoTime = nanoTime;
    }

    /** Leases a backend at once, or returns {@code null}, also where others wait for one already. */
    public @Nullable Lease lease(PickContext context) {
        return length.get() == 0 ? pool.lease(context) : null;
    }

    /**
     * Waits for a backend that is fit for this request to have a place free.
     *
     * @param loop where the result is emitted, and cancelled if at all
     * @param precedence how far behind others the request comes at the time, from 0 for not at all to 2 for last; asked by any thread
     * @return the lease, or a {@link NotAdmittedException}
     */
    public Mono<Lease> await(PickContext context, ScheduledExecutorService loop, IntSupplier precedence) {
        return new Waiter(this, context, loop, precedence);
    }

    /** Sets what is run when a request has to wait, so that slots may be freed for it. */
    public void setRelief(Runnable whenWaiting) {
        relief = whenWaiting;
    }

    /** Requests that wait now, but for those of clients that stall others themselves. */
    public int demand() {
        int demand = 0;
        if (length.get() > 0) {
            for (Waiter waiter : waiters) {
                if (waiter.waiting() && waiter.precedence() < LAST) {
                    demand++;
                }
            }
        }
        return demand;
    }

    /** Requests that wait now. */
    public int length() {
        return length.get();
    }

    /** Requests that were turned away because too many wait. */
    public long turnedAway() {
        return turnedAway.sum();
    }

    /** Requests that have waited for as long as they may. */
    public long outOfTime() {
        return outOfTime.sum();
    }

    /** Has this told how long each request has waited, in nanoseconds, whatever came of that; replaces the last. */
    public void observeWaits(LongConsumer observer) {
        waits = observer;
    }

    long now() {
        return nanoTime.getAsLong();
    }

    void refused(Reason reason) {
        (reason == Reason.QUEUE_FULL ? turnedAway : outOfTime).increment();
    }

    void waitedSince(long began) {
        waits.accept(now() - began);
    }

    Duration longestWait() {
        return settings.get().queueTime();
    }

    /** An attempt has ended, so that there is a place. */
    @Override
    public void ended(Backend backend, Outcome outcome, long began) {
        serve();
    }

    /** To be called when a place may have come free in another way: a backend is well again, has joined or may take more. */
    public void serve() {
        if (length.get() == 0 || work.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            serveAll();
            seen = work.addAndGet(-seen);
        } while (seen != 0);
    }

    void join(Waiter waiter) {
        int most = settings.get().queueLength();
        if (length.incrementAndGet() > most && !(most > 0 && makeRoom(waiter.precedence()))) {
            length.decrementAndGet();
            waiter.refuse(Reason.QUEUE_FULL);
            return;
        }
        waiters.addLast(waiter);
        // A place may have come free between the look and the queue.
        serve();
        if (waiter.waiting()) {
            relief.run();
        }
    }

    void leave(Waiter waiter) {
        if (waiters.removeFirstOccurrence(waiter)) {
            length.decrementAndGet();
        }
    }

    /** Turns a request away in favour of one with that precedence, and returns whether there was one to turn away. */
    private boolean makeRoom(int precedence) {
        for (int behind = LAST; behind > precedence; behind--) {
            if (turnAwayOldest(behind)) {
                return true;
            }
        }
        return standing(precedence) && turnAwayOldest(precedence);
    }

    /** Whether the longest wait is too long already, so that to go on in turn would be too late for everybody. */
    private boolean standing(int precedence) {
        Waiter oldest = oldest(precedence);
        return oldest != null
                && now() - oldest.began() > settings.get().queueTarget().toNanos();
    }

    private @Nullable Waiter oldest(int precedence) {
        for (Waiter waiter : waiters) {
            if (waiter.waiting() && waiter.precedence() == precedence) {
                return waiter;
            }
        }
        return null;
    }

    private boolean turnAwayOldest(int precedence) {
        for (Waiter oldest = oldest(precedence); oldest != null; oldest = oldest(precedence)) {
            if (oldest.refuse(Reason.QUEUE_FULL)) {
                leave(oldest);
                return true;
            }
        }
        return false;
    }

    private void serveAll() {
        for (int precedence = 0; precedence <= LAST; precedence++) {
            if (!serveAll(precedence)) {
                return;
            }
        }
    }

    /** Serves those with this precedence, and returns whether there may be slots left for others. */
    private boolean serveAll(int precedence) {
        Iterator<Waiter> order = standing(precedence) ? waiters.descendingIterator() : waiters.iterator();
        while (order.hasNext()) {
            Waiter waiter = order.next();
            // Not "other than": it may change meanwhile, and no request may be left out while there is a slot.
            if (!waiter.waiting() || waiter.precedence() > precedence) {
                continue;
            }
            Lease lease = pool.lease(waiter.context());
            if (lease == null) {
                if (waiter.context().tried().isEmpty() && waiter.context().stuckTo() == null) {
                    return false; // Nobody has a place, for anybody.
                }
                continue;
            }
            if (waiter.serve(lease)) {
                leave(waiter);
            } else {
                lease.end(new Outcome.Cancelled());
            }
        }
        return true;
    }
}
