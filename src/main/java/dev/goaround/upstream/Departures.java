package dev.goaround.upstream;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Leaver;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees backends off that have left the pool: their idle connections close at once, what runs may finish, and what takes longer than
 * the drain time-out is cut off.
 */
public final class Departures {

    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);

    private final BackendPool pool;
    private final UpstreamClients clients;
    private final Supplier<Duration> timeout;
    private final Clock clock;

    /** Whose connections close when idle. Used by one thread at a time: the pool's listeners take turns. */
    private Set<Backend> leaving = Set.of();

    /** @param timeout how long a backend that has left may go on with what it has */
    public Departures(BackendPool pool, UpstreamClients clients, Supplier<Duration> timeout, Clock clock) {
        this.pool = pool;
        this.clients = clients;
        this.timeout = timeout;
        this.clock = clock;
        pool.whenChanged(this::follow);
    }

    private void follow() {
        if (leaving.isEmpty() && pool.snapshot().leaving().isEmpty()) {
            return;
        }
        Set<Backend> now = pool.snapshot().leaving().stream()
                .filter(leaver -> !leaver.serving())
                .map(Leaver::backend)
                .collect(Collectors.toSet());
        Set<Backend> back = new HashSet<>(leaving);
        back.removeAll(now);
        back.forEach(clients::staying);
        now.stream().filter(backend -> !leaving.contains(backend)).forEach(clients::leaving);
        leaving = now;
    }

    /** Lets go of backends that have finished, or have had their time. To be called every now and then. */
    public void look() {
        Instant latest = clock.instant().minus(timeout.get());
        for (Leaver leaver : pool.snapshot().leaving()) {
            int running = leaver.backend().inFlight();
            boolean late = !leaver.since().isAfter(latest);
            if (!leaver.serving() && (running == 0 || late) && pool.forget(leaver.backend())) {
                clients.gone(leaver.backend());
                if (running > 0) {
                    LOG.info(
                            "backend {} has left: {} requests were still running, and are cut off",
                            leaver.backend(),
                            running);
                } else {
                    LOG.debug("backend {} has left", leaver.backend());
                }
            }
        }
    }
}
