package dev.goaround.health;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Member;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which versions of their applications the backends run, for those that are Spring Boot's
 * ({@code goaround.health.spring}). A backend is asked once whenever it has come back, since it may be another process then,
 * and every few minutes.
 */
public final class BackendVersions {

    private static final Logger LOG = LoggerFactory.getLogger(BackendVersions.class);

    /** A version does not change while a process runs; but it may have failed to tell. */
    static final Duration INTERVAL = Duration.ofMinutes(5);

    private final BackendPool pool;
    private final VersionSource source;
    private final Supplier<HealthSettings> settings;
    private final Clock clock;

    /** Anyone reads; {@link #look} adds and removes, and whoever ends a question fills in the answer. */
    private final Map<Backend, Known> known = new ConcurrentHashMap<>();

    public BackendVersions(BackendPool pool, VersionSource source, Supplier<HealthSettings> settings, Clock clock) {
        this.pool = pool;
        this.source = source;
        this.settings = settings;
        this.clock = clock;
    }

    /** Asks the backends that are due and returns without waiting for them. For one thread. */
    public void look() {
        List<Member> members = pool.snapshot().members();
        if (settings.get().spring()) {
            Instant now = clock.instant();
            members.stream()
                    .filter(member -> member.healthy() && due(member, now))
                    .forEach(member -> ask(member, now));
        }
        if (known.size() > members.size()) {
            Set<Backend> backends = members.stream().map(Member::backend).collect(Collectors.toSet());
            known.keySet().retainAll(backends);
        }
    }

    /** The version that a backend told last. */
    public Optional<String> version(Backend backend) {
        Known last = known.get(backend);
        return last == null ? Optional.empty() : last.version();
    }

    private boolean due(Member member, Instant now) {
        Known last = known.get(member.backend());
        return last == null
                || !last.since().equals(member.since())
                || Duration.between(last.asked(), now).abs().compareTo(INTERVAL) >= 0;
    }

    private void ask(Member member, Instant now) {
        Backend backend = member.backend();
        known.put(backend, new Known(member.since(), now, version(backend)));
        source.version(backend)
                .subscribe(
                        version -> known.computeIfPresent(
                                backend, (same, last) -> new Known(last.since(), last.asked(), version)),
                        error -> LOG.error("the version of backend {} was lost", backend, error));
    }

    /**
     * What is known of one backend.
     *
     * @param since when it had become healthy when it was asked last
     * @param asked when that was
     */
    private record Known(Instant since, Instant asked, Optional<String> version) {}
}
