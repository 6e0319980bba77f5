package dev.goaround.membership;

import dev.goaround.membership.NameServer.Place;
import dev.goaround.membership.NameServer.Question;
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
     * @param most how many backends, the first in their order
     */
    NameStatus after(Function<Question, Lookup> lookups, int most, Instant now) {
        Function<Question, List<Place>> places =
                question -> lookups.apply(question).places();
        Set<Question> questions = name.questions(places);
        if (!questions.stream().allMatch(question -> lookups.apply(question).answered())) {
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

    private static @Nullable String trouble(
            Set<Question> questions, Function<Question, Lookup> lookups, boolean nothing) {
        for (Question question : questions) {
            Lookup lookup = lookups.apply(question);
            // That a host has no address of one kind is no trouble as long as it has one of the other.
            if (lookup.trouble() != null
                    && (nothing || !lookup.absent() || !lookup.places().isEmpty())) {
                return question + ": " + lookup.trouble();
            }
        }
        return nothing ? "the service is not offered" : null;
    }

    /** Logs what is new since this was before. */
    void log(NameStatus before, Logger log) {
        if (trouble != null && before.trouble == null) {
            log.warn(
                    "{}: {}; {}",
                    name.url(),
                    trouble,
                    backends.isEmpty()
                            ? "it stands for no backends until there is an answer"
                            : "what it stood for before stays");
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
