package dev.goaround.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.goaround.pool.Phase;
import dev.goaround.retry.Attempt;
import dev.goaround.retry.PassedOver;
import dev.goaround.retry.TroubledRequest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The latest requests that failed or needed another attempt, as the status endpoint shows them, the latest first. The names of the
 * components are a contract with whoever reads the JSON.
 */
record FailuresView(List<RequestView> requests) implements OperationResponseBody {

    FailuresView {
        requests = List.copyOf(requests);
    }

    static FailuresView of(List<TroubledRequest> latest) {
        return new FailuresView(latest.stream().map(RequestView::of).toList());
    }

    /**
     * One of them.
     *
     * @param at when it was over
     * @param id its identifier, by which logs speak of it
     * @param path without its query
     * @param status what the client got
     * @param outcome what became of it
     * @param queuedMillis time spent waiting for a free backend
     * @param passedOver where no backend could take it: why each did not
     */
    record RequestView(
            Instant at,
            String id,
            String method,
            String path,
            int status,
            String outcome,
            long queuedMillis,
            List<AttemptView> attempts,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<PassedOver> passedOver) {

        RequestView {
            attempts = List.copyOf(attempts);
            passedOver = List.copyOf(passedOver);
        }

        static RequestView of(TroubledRequest request) {
            return new RequestView(
                    request.at().truncatedTo(ChronoUnit.MILLIS),
                    request.id(),
                    request.method(),
                    request.path(),
                    request.status(),
                    request.outcome(),
                    request.queuedMillis(),
                    request.attempts().stream().map(AttemptView::of).toList(),
                    request.passedOver());
        }
    }

    /**
     * One attempt of a request.
     *
     * @param backend id of the backend
     * @param connection {@code reused} or {@code new}
     * @param phase how far it got: {@code connect}, {@code tls}, {@code write}, {@code wait} or {@code body}
     * @param tookMillis from the pick of the backend to the end, or to the head of the answer
     * @param result the answer's status, or what went wrong
     */
    record AttemptView(String backend, String connection, String phase, double tookMillis, String result) {

        static AttemptView of(Attempt attempt) {
            Phase phase = attempt.phase();
            return new AttemptView(
                    attempt.backend(),
                    attempt.reused() ? "reused" : "new",
                    phase.name().toLowerCase(Locale.ROOT),
                    Math.round(attempt.took().toNanos() / 100_000.0) / 10.0,
                    attempt.result());
        }
    }
}
