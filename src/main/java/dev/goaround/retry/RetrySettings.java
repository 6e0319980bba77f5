package dev.goaround.retry;

import dev.goaround.settings.Mistake;
import dev.goaround.settings.Requirements;
import dev.goaround.settings.StatusRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * When a failed request is sent again ({@code goaround.retry.*}).
 *
 * @param statuses Statuses of backends, such as 429 or 500-504, after which an idempotent request is sent to another one.
 * @param nonIdempotent Whether requests of every method are repeated as if they were idempotent. A backend may then act on one twice.
 * @param rounds How often a request may go round the backends that gave no answer; 1 means to each of them once.
 * @param backoff Wait before the second round, doubled before each further one; half to one and a half times as long by chance.
 * @param budget Repeats of requests that a backend may have acted on, in percent of all requests of the last 10 seconds.
 * @param budgetFloor Repeats per second that are always allowed.
 * @param hedge Whether a GET or HEAD is sent to a second backend as well once 95 of 100 answers of the first would have come; the first answer counts.
 * @param bufferSize Most of a request's body that is kept for another attempt; a larger one can't be repeated once it has begun.
 * @param bufferMemory Most that is kept for all requests together.
 * @param attemptsHeader Whether answers say in GoAround-Attempts how many attempts they took, GoAround's own as well if there were any.
 * @param honorRetryAfter Whether a backend that responds 503 with Retry-After gets no more requests for that path while it asks so, at most 30 s.
 */
public record RetrySettings(
        @DefaultValue({"502", "503", "504"}) List<String> statuses,
        @DefaultValue("false") boolean nonIdempotent,
        @DefaultValue("2") int rounds,
        @DefaultValue("25ms") Duration backoff,
        @DefaultValue("20") int budget,
        @DefaultValue("3") int budgetFloor,
        @DefaultValue("false") boolean hedge,
        @DefaultValue("64KB") DataSize bufferSize,
        @DefaultValue("64MB") DataSize bufferMemory,
        @DefaultValue("false") boolean attemptsHeader,
        @DefaultValue("true") boolean honorRetryAfter) {

    private static final DataSize MOST_BUFFER = DataSize.ofMegabytes(16);
    private static final DataSize MOST_MEMORY = DataSize.ofGigabytes(16);

    public RetrySettings {
        statuses = List.copyOf(statuses);
        new Requirements("goaround.retry")
                .all(mistakes(statuses))
                .range("rounds", rounds, 1, 10)
                .duration("backoff", backoff)
                .range("budget", budget, 0, 100)
                .range("budget-floor", budgetFloor, 0, 1_000_000)
                .that(
                        !bufferSize.isNegative() && bufferSize.compareTo(MOST_BUFFER) <= 0,
                        "buffer-size",
                        bufferSize,
                        "expected 0B to 16MB")
                .that(
                        !bufferMemory.isNegative() && bufferMemory.compareTo(MOST_MEMORY) <= 0,
                        "buffer-memory",
                        bufferMemory,
                        "expected 0B to 16GB")
                .enforce();
    }

    /** Whether an idempotent request is sent to another backend after this status. */
    boolean repeatsAfter(int status) {
        return statuses.stream().anyMatch(range -> StatusRange.contains(range, status));
    }

    private static List<Mistake> mistakes(List<String> statuses) {
        List<Mistake> mistakes = new ArrayList<>();
        for (int i = 0; i < statuses.size(); i++) {
            if (!StatusRange.valid(statuses.get(i), 400)) {
                mistakes.add(new Mistake(
                        "goaround.retry.statuses[" + i + "]",
                        statuses.get(i),
                        "expected statuses from 400 to 599 such as 429 or 500-504"));
            }
        }
        return mistakes;
    }

    /** What holds where nothing is set. */
    public static RetrySettings defaults() {
        return new RetrySettings(
                List.of("502", "503", "504"),
                false,
                2,
                Duration.ofMillis(25),
                20,
                3,
                false,
                DataSize.ofKilobytes(64),
                DataSize.ofMegabytes(64),
                false,
                true);
    }
}
