package dev.goaround.membership;

import dev.goaround.membership.NameServer.Place;
import dev.goaround.membership.NameServer.Question;
import dev.goaround.membership.NameServer.RecordType;
import dev.goaround.pool.BackendSpec;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What a name stands for. Immutable.
 *
 * @param backends the backends by the last answers
 * @param leftOut how many more the answers name, which are too many
 * @param at when the backends changed last
 * @param trouble what is wrong with the latest answers; null if nothing is
 */
record NameStatus(
        DnsName name,
        List<BackendSpec> backends,
        int leftOut,
        Instant at,
        @Nullable String trouble) {

    static NameStatus of(DnsName name, Instant now) {
        return new NameStatus(name, List.of(), 0, now, null);
    }

    SourceStatus status() {
        return new SourceStatus(name.url(), at, backends.size(), trouble == null && leftOut > 0 ? tooMany() : trouble);
    }

    private String tooMany() {
        return "only " + backends.size() + " backends are used, " + leftOut
                + " more are not (goaround.dns.max-backends)";
    }

    /**
     * Returns what the name stands for by these answers; as long as some of them are still to come, what it did before.
     *
     * @param early whether the first backends are those of the answers so far, where the rest may never come
     * @param most how many backends, the first in their order
     */
    NameStatus after(Function<Question, Lookup> lookups, boolean early, int most, Instant now) {
        Function<Question, List<Place>> places =
                question -> lookups.apply(question).places();
        Set<Question> questions = name.questions(places);
        if (!questions.stream().allMatch(question -> settled(question, early && backends.isEmpty(), lookups))) {
            return this;
        }
        List<BackendSpec> all = name.backends(places);
        List<BackendSpec> found = all.size() <= most ? all : List.copyOf(all.subList(0, most));
        int more = all.size()
                - found.size()
                + questions.stream()
                        .mapToInt(question -> lookups.apply(question).leftOut())
                        .sum();
        String why = trouble(questions, lookups, found.isEmpty());
        return new NameStatus(name, found, more, found.equals(backends) ? at : now, why);
    }

    /** Whether there is an answer, or the first backends need not wait for it. */
    private static boolean settled(Question question, boolean early, Function<Question, Lookup> lookups) {
        return lookups.apply(question).answered() || (early && dispensable(question, lookups));
    }

    /**
     * Whether the host has addresses without those that this question is about: there are name servers that fail in all sorts of ways for
     * addresses of IPv6 where there are none (RFC 4074).
     */
    private static boolean dispensable(Question question, Function<Question, Lookup> lookups) {
        return question.type() == RecordType.AAAA
                && lookups.apply(question).places().isEmpty()
                && !lookups.apply(question.forIpv4()).places().isEmpty();
    }

    private static @Nullable String trouble(
            Set<Question> questions, Function<Question, Lookup> lookups, boolean nothing) {
        for (Question question : questions) {
            Lookup lookup = lookups.apply(question);
            // That a host has no address of one kind is no trouble as long as it has one of the other.
            if (lookup.trouble() != null
                    && !dispensable(question, lookups)
                    && (nothing || !lookup.absent() || !lookup.places().isEmpty())) {
                return question + ": " + lookup.trouble();
            }
        }
        return nothing ? "the service is not offered" : null;
    }

    private String consequence(NameStatus before) {
        if (backends.isEmpty()) {
            return "it stands for no backends until there is an answer";
        }
        return before.backends.isEmpty() ? "its other answers are used" : "what it stood for before stays";
    }

    /** Logs what is new since this was before. */
    void log(NameStatus before, Logger log) {
        if (trouble != null && before.trouble == null) {
            log.warn("{}: {}; {}", name.url(), trouble, consequence(before));
        } else if (trouble == null && before.trouble != null) {
            log.info("{}: there are answers again", name.url());
        }
        if (leftOut > 0 && before.leftOut == 0) {
            log.warn("{}: {}", name.url(), tooMany());
        } else if (leftOut == 0 && before.leftOut > 0) {
            log.info("{}: all its backends are used again", name.url());
        }
    }
}
