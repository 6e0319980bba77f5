package dev.goaround.limit;

import dev.goaround.limit.NotAdmittedException.Reason;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.PickContext;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * One request in the queue: emits its lease, or a {@link NotAdmittedException}, on the request's event loop.
 *
 * <p>Whoever moves it out of {@code WAITING} decides what becomes of it; everyone else comes too late and does nothing, so that
 * no lease is ever given to nobody.
 */
final class Waiter extends Mono<Lease> implements Subscription {

    private enum State {
        WAITING,
        SERVED,
        GONE
    }

    private final WaitQueue queue;
    private final PickContext context;
    private final ScheduledExecutorService loop;
    private final IntSupplier precedence;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private @Nullable CoreSubscriber<? super Lease> subscriber;
    private @Nullable Future<?> timeout;
    private volatile long began;

    /** Only on the event loop: nobody wants what was served. */
    private boolean cancelled;

    /** @param precedence how far behind others it comes, as {@link WaitQueue#await} has it */
    Waiter(WaitQueue queue, PickContext context, ScheduledExecutorService loop, IntSupplier precedence) {
        this.queue = queue;
        this.context = context;
        this.loop = loop;
        this.precedence = precedence;
    }

    /** When it began to wait, as {@link System#nanoTime}. */
    long began() {
        return began;
    }

    /** How far behind others it comes at this moment. */
    int precedence() {
        return precedence.getAsInt();
    }

    PickContext context() {
        return context;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        subscriber = actual;
        began = queue.now();
        actual.onSubscribe(this);
        if (state.get() == State.WAITING) {
            timeout = loop.schedule(this::outOfTime, queue.longestWait().toNanos(), TimeUnit.NANOSECONDS);
            queue.join(this);
        }
    }

    @Override
    public void request(long count) {
        // The lease comes when it comes.
    }

    /** The client has gone, or its time is over: the queue is the shorter by one at once. */
    @Override
    public void cancel() {
        cancelled = true;
        if (state.compareAndSet(State.WAITING, State.GONE)) {
            queue.waitedSince(began);
            stopTimeout();
            queue.leave(this);
        }
    }

    boolean waiting() {
        return state.get() == State.WAITING;
    }

    /** Hands the lease to the request, or returns false if that does not wait any more. */
    boolean serve(Lease lease) {
        if (!state.compareAndSet(State.WAITING, State.SERVED)) {
            return false;
        }
        queue.waitedSince(began);
        loop.execute(() -> {
            stopTimeout();
            CoreSubscriber<? super Lease> to = subscriber;
            if (cancelled || to == null) {
                lease.end(new Outcome.Cancelled());
            } else {
                to.onNext(lease);
                to.onComplete();
            }
        });
        return true;
    }

    /** Turns the request away unless it does not wait any more. */
    boolean refuse(Reason reason) {
        if (!state.compareAndSet(State.WAITING, State.GONE)) {
            return false;
        }
        queue.waitedSince(began);
        queue.refused(reason);
        loop.execute(() -> {
            stopTimeout();
            CoreSubscriber<? super Lease> to = subscriber;
            if (!cancelled && to != null) {
                to.onError(new NotAdmittedException(reason));
            }
        });
        return true;
    }

    private void outOfTime() {
        if (refuse(Reason.QUEUE_TIME)) {
            queue.leave(this);
        }
    }

    private void stopTimeout() {
        Future<?> running = timeout;
        if (running != null) {
            running.cancel(false);
        }
    }
}
