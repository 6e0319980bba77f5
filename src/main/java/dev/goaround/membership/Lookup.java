package dev.goaround.membership;

import dev.goaround.membership.NameServer.Answer;
import dev.goaround.membership.NameServer.Place;
import dev.goaround.membership.NameServer.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one question to a name server: the last good answer, and when to ask again. Immutable.
 *
 * @param places the last good answer in its order, empty if there is none or if it holds no longer
 * @param leftOut how many more records it had than are looked at
 * @param answered whether it was asked at all
 * @param due when to ask next
 * @param absentSince since when the name has been said not to exist; null if it has not
 * @param trouble why the latest answer was no good one; null if it was, and before the first
 */
record Lookup(
        List<Place> places,
        int leftOut,
        boolean answered,
        Instant due,
        @Nullable Instant absentSince,
        @Nullable String trouble) {

    /** How much later than it holds an answer is asked for again at most, so that names and load balancers fall out of step. */
    private static final double JITTER = 0.1;

    /** A question that was not asked yet. */
    static Lookup due(Instant now) {
        return new Lookup(List.of(), 0, false, now, null, null);
    }

    /** Whether this says the same as another one, but for the time. */
    boolean saysAs(Lookup other) {
        return answered == other.answered
                && leftOut == other.leftOut
                && absent() == other.absent()
                && Objects.equals(trouble, other.trouble)
                && places.equals(other.places);
    }

    /** Returns the same, to be asked at this time. */
    Lookup dueAt(Instant time) {
        return new Lookup(places, leftOut, answered, time, absentSince, trouble);
    }

    /** Whether the name is said not to exist. */
    boolean absent() {
        return absentSince != null;
    }

    /**
     * Returns what is known after one more answer.
     *
     * <p>A name server that fails takes nothing back. One that says that the name does not exist, or has no such record, is
     * believed once it has said so for the time of {@code max-ttl}: whole zones have vanished by mistake before.
     *
     * @param most how many records are looked at, the first in their order, so that answers of the same records give the same
     * @param jitter from 0 to 1
     */
    Lookup after(Answer answer, DnsSettings settings, int most, Instant now, double jitter) {
        if (answer.result() == Result.FOUND) {
            List<Place> first = answer.places().stream().sorted().limit(most).toList();
            Instant due = now.plus(later(within(answer.ttl(), settings), jitter));
            return new Lookup(first, answer.places().size() - first.size(), true, due, null, null);
        }
        Instant again = now.plus(later(settings.minTtl(), jitter));
        if (answer.result() == Result.FAILED) {
            return new Lookup(places, leftOut, true, again, null, answer.detail());
        }
        Instant since = absentSince == null ? now : absentSince;
        Duration absent = Duration.between(since, now);
        boolean gone = absent.compareTo(settings.maxTtl()) >= 0;
        if (places.isEmpty()) {
            // Nothing to lose: most names have no address of one of the two kinds. Asked for less and less often.
            again = now.plus(later(within(absent, settings), jitter));
        }
        return new Lookup(gone ? List.of() : places, gone ? 0 : leftOut, true, again, since, answer.detail());
    }

    private static Duration within(Duration ttl, DnsSettings settings) {
        if (ttl.compareTo(settings.minTtl()) < 0) {
            return settings.minTtl();
        }
        return ttl.compareTo(settings.maxTtl()) > 0 ? settings.maxTtl() : ttl;
    }

    private static Duration later(Duration wait, double jitter) {
        return wait.plusNanos((long) (wait.toNanos() * JITTER * jitter));
    }
}
