package dev.goaround.proxy;

import dev.goaround.accesslog.AccessEntry.Phases;
import dev.goaround.listen.RequestObserver;
import dev.goaround.listen.ServedRequest;
import dev.goaround.observe.RetryReason;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Phase;
import dev.goaround.retry.Attempt;
import dev.goaround.tracing.AttemptSpan;
import dev.goaround.tracing.RequestSpan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What became of a request so far, for those who ask why. Costs a request that just works two looks at the clock. */
final class RequestTrail implements RequestObserver {

    /** Attempts that are remembered. */
    private static final int MOST = 32;

    private final RequestTally tally;
    private final @Nullable RequestSpan span;
    private final LongSupplier nanoTime;
    private final List<Attempt> attempts = new ArrayList<>(0);
    private long lastBegan;
    private long queuedNanos;
    private long handedOverAt;
    private boolean handedOver;
    /** When the last attempt had its connection, its answer began, and all was over: known only if it matters. */
    private final boolean timed;

    private long connectedAt;
    private long headAt;
    private long endedAt;
    private int count;
    private int status;
    private @Nullable Failed lastFailure;
    private @Nullable Backend overtaken;

    /** The backend that was asked last, or has answered. */
    private @Nullable Backend asked;

    /** Why there will be another attempt, if there is one; unless it is made beside one that goes on. */
    private @Nullable RetryReason reason;

    /** @param span the request's span, or null if it has none */
    RequestTrail(RequestTally tally, LongSupplier nanoTime, @Nullable RequestSpan span) {
        this.span = span;
        this.tally = tally;
        this.nanoTime = nanoTime;
        this.timed = tally.timed();
    }

    /** Another attempt begins; returns when. */
    long attempt(Backend backend) {
        Backend before = asked;
        if (before != null) {
            tally.retried(before, reason == null ? RetryReason.HEDGE : reason);
        }
        asked = backend;
        reason = null;
        count++;
        lastBegan = nanoTime.getAsLong();
        connectedAt = 0;
        headAt = 0;
        handedOver = false;
        return lastBegan;
    }

    /** Nanoseconds since then. */
    long since(long then) {
        return nanoTime.getAsLong() - then;
    }

    /** The request's span, or null if it has none. */
    @Nullable
    RequestSpan span() {
        return span;
    }

    /** Begins the span of the attempt that has begun; null if there is none. */
    @Nullable
    AttemptSpan attemptSpan(Backend backend) {
        return span == null ? null : span.attempt(backend, count);
    }

    /** The last attempt has a connection. */
    void connected() {
        if (timed) {
            connectedAt = nanoTime.getAsLong();
        }
    }

    /** The head of the answer that the client gets has come. */
    void headCame() {
        if (timed) {
            headAt = nanoTime.getAsLong();
        }
    }

    /** The parts of its time, of the last attempt where there were several. */
    Phases phases() {
        return new Phases(
                queuedNanos,
                connectedAt == 0 ? -1 : Math.max(0, connectedAt - lastBegan),
                connectedAt == 0 || headAt == 0 ? -1 : headAt - connectedAt,
                headAt == 0 ? -1 : endedAt - headAt);
    }

    /** The backend that was asked last, or has answered; null if none was. */
    @Nullable
    Backend asked() {
        return asked;
    }

    /** The backend has the whole request of the last attempt, body included. */
    void handedOver() {
        handedOver = true;
        handedOverAt = nanoTime.getAsLong();
    }

    /**
     * How long the backend has had for the answer that has come, in nanoseconds; -1 if it answered before it had the whole
     * request. What a client takes to send a body is not its backend's time.
     *
     * @param began when the attempt began
     * @param hasBody whether the request has a body
     */
    long waitedForAnswer(long began, boolean hasBody) {
        if (!hasBody) {
            return since(began);
        }
        return handedOver ? since(handedOverAt) : -1;
    }

    /** The request begins to wait; returns when. */
    long waiting() {
        return nanoTime.getAsLong();
    }

    /** It has waited since then. */
    void waited(long since) {
        queuedNanos += since(since);
    }

    void failed(Backend backend, long began, Failed failure) {
        lastFailure = failure;
        asked = backend;
        reason = RetryReason.of(failure);
        add(backend, began, failure.reused(), failure.phase(), failure.detail());
    }

    /** An answer has come, which the client may get or not. */
    void answered(Backend backend, long began, boolean reused, int answer) {
        asked = backend;
        reason = RetryReason.STATUS;
        add(backend, began, reused, Phase.BODY, Integer.toString(answer));
    }

    /** The answer broke off. */
    void brokeOff(Backend backend, Failed failure) {
        failed(backend, lastBegan, failure);
    }

    /** Another attempt was quicker. */
    void overtaken(Backend backend, long began) {
        overtaken = backend;
        add(backend, began, false, Phase.WAIT, "another was quicker");
    }

    /** The last attempt was given up before it had an answer. */
    void givenUp(Backend backend) {
        if (backend != overtaken) {
            add(backend, lastBegan, false, Phase.WAIT, "given up");
        }
    }

    /** The response was cut short, which was the client's fault; with one attempt it is not there yet. */
    void cutShort(Backend backend) {
        if (count == 1) {
            add(backend, lastBegan, false, Phase.BODY, Integer.toString(status));
        }
    }

    private void add(Backend backend, long began, boolean reused, Phase phase, String result) {
        if (attempts.size() < MOST) {
            attempts.add(new Attempt(backend.id(), reused, phase, Duration.ofNanos(since(began)), result));
        }
    }

    /** The client gets this status. */
    void status(int given) {
        status = given;
    }

    @Override
    public void ended(ServedRequest request) {
        if (timed) {
            endedAt = nanoTime.getAsLong();
        }
        tally.ended(request, this);
    }

    /** Attempts that have begun. */
    int count() {
        return count;
    }

    /** The status that the client gets, or 0 if that is not known yet. */
    int status() {
        return status;
    }

    long queuedMillis() {
        return Duration.ofNanos(queuedNanos).toMillis();
    }

    @Nullable
    Failed lastFailure() {
        return lastFailure;
    }

    List<Attempt> attempts() {
        return attempts;
    }
}
