package dev.goaround.proxy;

import dev.goaround.http.Problem;
import dev.goaround.listen.InboundRequest;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Member;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Cancelled;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.PoolSnapshot;
import dev.goaround.retry.PassedOver;
import dev.goaround.retry.TroubledRequest;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Finds out why a request failed, or needed more than one attempt, and reports it. */
final class Inquest {

    private static final int LONGEST_PATH = 256;
    private static final int MAX_METHOD = 32;

    /** Backends of which a request in trouble says why they were skipped; reports are kept, and a pool may have thousands. */
    private static final int MAX_SKIPPED = 64;

    private final Consumer<TroubledRequest> reports;
    private final RequestTally tally;
    private final Clock clock;
    private final LongSupplier nanoTime;

    /**
     * @param nanoTime the time, as {@link System#nanoTime}
     */
    Inquest(Consumer<TroubledRequest> reports, RequestTally tally, Clock clock, LongSupplier nanoTime) {
        this.reports = reports;
        this.tally = tally;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    Instant now() {
        return clock.instant();
    }

    RequestTrail trail(InboundRequest request) {
        return new RequestTrail(tally, nanoTime, tally.begin(request));
    }

    /** GoAround itself answers the request. */
    void refused(ProxiedRequest request, Problem problem, PoolSnapshot pool) {
        int status = problem.status().code();
        request.trail().status(status);
        List<PassedOver> passedOver = status == 503 ? passedOver(request, pool) : List.of();
        report(request, problem.detail(), passedOver);
    }

    /** An attempt is over, body included. */
    void ended(ProxiedRequest request, Lease lease, Outcome outcome) {
        RequestTrail trail = request.trail();
        Backend backend = lease.backend();
        if (!request.isAnsweredBy(lease)) {
            if (trail.status() == 0 && outcome instanceof Cancelled) {
                trail.givenUp(backend);
                if (trail.count() > 1 && request.abandoned()) {
                    report(request, "the client went away", List.of());
                }
            }
            return; // Another attempt follows, or has followed, or an answer of GoAround's own.
        }
        if (outcome instanceof Failed failure) {
            trail.brokeOff(backend, failure);
            report(request, "the answer broke off", List.of());
        } else if (outcome instanceof Cancelled && request.takenTooSlowly()) {
            trail.cutShort(backend);
            report(request, "the client read too slowly", List.of());
        } else if (trail.count() > 1) {
            boolean cancelled = outcome instanceof Cancelled;
            report(request, cancelled ? "the client went away" : "answered", List.of());
        }
    }

    private void report(ProxiedRequest request, String outcome, List<PassedOver> passedOver) {
        RequestTrail trail = request.trail();
        String target = request.target();
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        reports.accept(new TroubledRequest(
                clock.instant(),
                request.id(),
                cut(request.method().name(), MAX_METHOD),
                cut(path, LONGEST_PATH),
                trail.status(),
                outcome,
                trail.queuedMillis(),
                trail.attempts(),
                passedOver));
    }

    private static String cut(String text, int longest) {
        return text.length() > longest ? text.substring(0, longest) : text;
    }

    private static List<PassedOver> passedOver(ProxiedRequest request, PoolSnapshot pool) {
        return pool.members().stream()
                .limit(MAX_SKIPPED)
                .map(member -> new PassedOver(member.backend().id(), reason(request, pool, member)))
                .toList();
    }

    private static String reason(ProxiedRequest request, PoolSnapshot pool, Member member) {
        Backend backend = member.backend();
        if (!member.available()) {
            return member.label() + ": " + member.labelCause();
        }
        if (request.untried().tried().contains(backend)) {
            return "tried";
        }
        if (backend.full()) {
            return "full: " + backend.inFlight() + " of " + backend.limit() + " requests";
        }
        if (!pool.eligible().contains(backend)) {
            return backend.spec().backup()
                    ? "a backup, others are healthy"
                    : "priority " + backend.spec().priority() + ", those before it are healthy";
        }
        return "became free just now";
    }
}
