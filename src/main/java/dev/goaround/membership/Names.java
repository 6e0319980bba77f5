package dev.goaround.membership;

import dev.goaround.membership.NameServer.Answer;
import dev.goaround.membership.NameServer.Place;
import dev.goaround.membership.NameServer.Question;
import dev.goaround.membership.NameServer.RecordType;
import dev.goaround.pool.BackendSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The listed names, and the backends that they stand for by the last good answers of the name server.
 *
 * <p>Something outside calls {@link #round} every now and then. Thread-safe; nothing blocks but for a moment, and no question
 * is ever asked twice at once.
 */
public final class Names {

    private static final Logger log = LoggerFactory.getLogger(Names.class);

    /** A name server bounds itself; should one forget to, its names are not to stay unasked for ever. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final NameServer server;
    private final DnsSettings settings;
    private final Clock clock;
    private final RandomGenerator random;

    /** How many questions are under way at once: a service may have many hosts, and each question takes a socket. */
    private static final int MAX_UNDER_WAY = 256;

    /** How many addresses of one host of a service are looked at, however many hosts there are. */
    private static final int MIN_ADDRESSES_OF_HOST = 64;

    // All of these are used under this object's lock only.
    private final Map<BackendSpec, NameStatus> names = new LinkedHashMap<>();
    private final Map<Question, Lookup> lookups = new HashMap<>();
    private final Map<Question, Mono<Answer>> underWay = new HashMap<>();

    /** Set once, while the objects are put together. */
    private volatile Consumer<String> listener = name -> {};

    public Names(NameServer server, DnsSettings settings, Clock clock, RandomGenerator random) {
        this.server = server;
        this.settings = settings;
        this.clock = clock;
        this.random = random;
    }

    /** Has this told the URL of a name that stands for other backends than before, outside of this object's lock. */
    void whenChanged(Consumer<String> changed) {
        listener = changed;
    }

    /** Asks for exactly these names from now on, and forgets the others. */
    synchronized void want(Collection<BackendSpec> entries) {
        names.keySet().retainAll(new HashSet<>(entries));
        entries.forEach(entry -> names.computeIfAbsent(entry, key -> NameStatus.of(new DnsName(key), clock.instant())));
        wantAnswers();
        // One that was listed with another weight until now has its answers already.
        names.replaceAll((entry, status) -> status.after(this::lookup, false, settings.maxBackends(), clock.instant()));
    }

    /** The backends that a name stands for; none before the first answer. */
    synchronized List<BackendSpec> backends(BackendSpec entry) {
        NameStatus status = names.get(entry);
        return status == null ? List.of() : status.backends();
    }

    /** What each name is at. */
    synchronized List<SourceStatus> statuses() {
        return names.values().stream().map(NameStatus::status).toList();
    }

    /** Asks what is due, and returns without waiting for answers. */
    public void round() {
        startDue();
        useWhatIsThere();
    }

    /** Gives names without backends the answers that there are, since the others may never come. */
    private void useWhatIsThere() {
        List<String> changed;
        synchronized (this) {
            changed =
                    names.values().stream().anyMatch(status -> status.backends().isEmpty()) ? follow(true) : List.of();
        }
        changed.forEach(listener);
    }

    /** Makes every name due in the next round, whether or not its answers still hold: there may be other name servers. */
    public synchronized void askAgain() {
        lookups.replaceAll((question, lookup) -> lookup.dueAt(clock.instant()));
    }

    /** Asks for every name once; completes when all have an answer, or when the time-out is over. */
    public Mono<Void> firstRound() {
        // Answers may raise further questions: a service has hosts, and hosts have addresses.
        return Mono.defer(() -> Mono.when(startDue()))
                .repeat(() -> !settled())
                .then()
                .timeout(settings.timeout(), Mono.empty())
                .then(Mono.fromRunnable(this::useWhatIsThere));
    }

    private synchronized boolean settled() {
        return lookups.values().stream().allMatch(Lookup::answered);
    }

    /** Starts what is due, and returns everything that is under way. */
    private List<Mono<Answer>> startDue() {
        List<Mono<Answer>> started = new ArrayList<>();
        List<Mono<Answer>> all;
        synchronized (this) {
            Instant now = clock.instant();
            lookups.entrySet().stream()
                    .filter(lookup -> !underWay.containsKey(lookup.getKey())
                            && !now.isBefore(lookup.getValue().due()))
                    .sorted(Comparator.comparing(lookup -> lookup.getValue().due()))
                    .limit(MAX_UNDER_WAY - underWay.size())
                    .map(Map.Entry::getKey)
                    .toList()
                    .forEach(question -> {
                        Mono<Answer> asking = asking(question);
                        underWay.put(question, asking);
                        started.add(asking);
                    });
            all = List.copyOf(underWay.values());
        }
        // Not under the lock: an answer may come at once.
        started.forEach(Mono::subscribe);
        return all;
    }

    private Mono<Answer> asking(Question question) {
        return Mono.defer(() -> server.ask(question))
                .timeout(settings.timeout().plus(GRACE))
                .onErrorResume(error ->
                        Mono.just(Answer.failed("no answer: " + error.getClass().getSimpleName())))
                .doOnNext(answer -> answered(question, answer))
                .cache();
    }

    private void answered(Question question, Answer answer) {
        log.debug("{}: {}", question, answer);
        List<String> changed;
        synchronized (this) {
            underWay.remove(question);
            Lookup known = lookups.get(question);
            if (known == null) {
                return;
            }
            Lookup next = known.after(answer, settings, most(question), clock.instant(), random.nextDouble());
            lookups.put(question, next);
            if (next.saysAs(known)) {
                return;
            }
            if (question.type() == RecordType.SRV) {
                // Addresses raise no further questions.
                wantAnswers();
            }
            changed = follow(false);
        }
        changed.forEach(listener);
    }

    /** Makes what names stand for of the answers, and returns the URLs of those that stand for other backends than before. */
    private List<String> follow(boolean early) {
        List<String> changed = new ArrayList<>();
        for (Map.Entry<BackendSpec, NameStatus> name : names.entrySet()) {
            NameStatus before = name.getValue();
            NameStatus after = before.after(this::lookup, early, settings.maxBackends(), clock.instant());
            name.setValue(after);
            after.log(before, log);
            if (!after.backends().equals(before.backends())) {
                changed.add(after.name().url());
            }
        }
        return changed;
    }

    /** A name may stand for all; of the hosts of services each has its share, so that what is kept does not grow with their product. */
    private int most(Question question) {
        int all = settings.maxBackends();
        boolean listed =
                names.values().stream().anyMatch(status -> status.name().asks(question));
        int hosts = Math.max(1, lookups.size() / 2); // Each has two kinds of addresses.
        return listed ? all : Math.min(all, Math.max(MIN_ADDRESSES_OF_HOST, all / hosts));
    }

    /** Keeps what is known of the questions that the names raise by now, and of no others. */
    private void wantAnswers() {
        Set<Question> wanted = new HashSet<>();
        names.values().forEach(status -> wanted.addAll(status.name().questions(this::places)));
        lookups.keySet().retainAll(wanted);
        wanted.forEach(question -> lookups.computeIfAbsent(question, key -> Lookup.due(clock.instant())));
    }

    private Lookup lookup(Question question) {
        return lookups.computeIfAbsent(question, key -> Lookup.due(clock.instant()));
    }

    private List<Place> places(Question question) {
        Lookup known = lookups.get(question);
        return known == null ? List.of() : known.places();
    }
}
