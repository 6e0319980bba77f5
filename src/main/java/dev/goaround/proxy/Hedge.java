package dev.goaround.proxy;

import dev.goaround.pool.Lease;
import dev.goaround.upstream.AttemptFailedException;
import dev.goaround.upstream.UpstreamResponse;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * An attempt that gets a second one to race against if it has no answer after a while. The first answer wins, and the other attempt is
 * cancelled; one that fails leaves it to the other. Everything happens on the request's event loop.
 */
final class Hedge {

    /** One of the two: what became of it is told to the race. */
    record Attempt(Lease lease, long began) {}

    /** The answer of the attempt that won. */
    record Won(Attempt attempt, UpstreamResponse response) {}

    /** Learns of the attempt that did not win. */
    interface Loser {

        /** It failed while the other one goes on. */
        void failed(Attempt attempt, AttemptFailedException failure);

        /** It was cancelled, since the other one has won. */
        void cancelled(Attempt attempt);
    }

    private final EventLoop loop;
    private final long delayNanos;
    private final Attempt first;
    private final Supplier<@Nullable Attempt> second;
    private final Function<Attempt, Mono<UpstreamResponse>> send;
    private final Loser loser;

    private @Nullable Attempt other;
    private @Nullable Disposable firstRunning;
    private @Nullable Disposable otherRunning;
    private @Nullable ScheduledFuture<?> timer;
    private int running;

    /** Set by whoever cancels the race. */
    private volatile boolean cancelled;

    /**
     * @param second makes the second attempt, or returns null if there is none to make
     * @param send sends the request
     */
    Hedge(
            EventLoop loop,
            long delayNanos,
            Attempt first,
            Supplier<@Nullable Attempt> second,
            Function<Attempt, Mono<UpstreamResponse>> send,
            Loser loser) {
        this.loop = loop;
        this.delayNanos = delayNanos;
        this.first = first;
        this.second = second;
        this.send = send;
        this.loser = loser;
    }

    /** Emits the first answer or, if there is none, the failure of the attempt that failed last, as a {@link Lost}. */
    Mono<Won> race() {
        return Mono.create(sink -> {
            sink.onCancel(() -> {
                cancelled = true;
                if (loop.inEventLoop()) {
                    cancelAll();
                } else {
                    loop.execute(this::cancelAll);
                }
            });
            timer = loop.schedule(() -> startSecond(sink), delayNanos, TimeUnit.NANOSECONDS);
            running = 1;
            firstRunning = send.apply(first)
                    .subscribe(response -> won(first, response, sink), error -> lost(first, error, sink));
        });
    }

    private void startSecond(MonoSink<Won> sink) {
        Attempt made = running == 1 ? second.get() : null;
        if (made != null) {
            other = made;
            running = 2;
            otherRunning =
                    send.apply(made).subscribe(response -> won(made, response, sink), error -> lost(made, error, sink));
        }
    }

    private void won(Attempt winner, UpstreamResponse response, MonoSink<Won> sink) {
        stopTimer();
        if (cancelled) {
            response.body().cancel(); // Nobody waits for it any more.
            return;
        }
        Disposable rest = winner.equals(first) ? otherRunning : firstRunning;
        if (running == 2 && rest != null) {
            Attempt slower = winner.equals(first) ? other : first;
            if (slower != null) {
                loser.cancelled(slower);
            }
            rest.dispose();
        }
        running = 0;
        sink.success(new Won(winner, response));
    }

    private void lost(Attempt attempt, Throwable error, MonoSink<Won> sink) {
        stopTimer();
        running--;
        if (running > 0 && error instanceof AttemptFailedException failure) {
            loser.failed(attempt, failure);
        } else {
            sink.error(error instanceof AttemptFailedException failure ? new Lost(attempt, failure) : error);
        }
    }

    private void cancelAll() {
        stopTimer();
        running = 0;
        if (firstRunning != null) {
            firstRunning.dispose();
        }
        if (otherRunning != null) {
            otherRunning.dispose();
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    /** The last attempt of the race has failed. */
    static final class Lost extends RuntimeException {

        private final transient Attempt attempt;
        private final transient AttemptFailedException failure;

        Lost(Attempt attempt, AttemptFailedException failure) {
            super(failure.getMessage(), null, false, false);
            this.attempt = attempt;
            this.failure = failure;
        }

        Attempt attempt() {
            return attempt;
        }

        AttemptFailedException failure() {
            return failure;
        }
    }
}
