package dev.goaround.testing;

import dev.goaround.membership.DnsSettings;
import dev.goaround.membership.NameServer;
import dev.goaround.membership.Names;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Member;
import dev.goaround.pool.PickContext;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import reactor.core.publisher.Mono;

/** Short words for the pools of tests. */
public final class Pools {

    private Pools() {}

    public static BackendSpec spec(String uri) {
        return spec(uri, 1, 1024);
    }

    public static BackendSpec spec(String uri, int weight, int maxConnections) {
        return new BackendSpec(URI.create(uri), weight, maxConnections, false);
    }

    public static BackendSpec backup(String uri) {
        return new BackendSpec(URI.create(uri), 1, 1024, true);
    }

    /** Names of which nobody knows anything. */
    public static Names names() {
        DnsSettings settings =
                new DnsSettings(List.of(), Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(60), 1000);
        return new Names(
                question -> Mono.just(NameServer.Answer.failed("SERVFAIL")),
                settings,
                new ManualClock(),
                new Random(1));
    }

    /** The members' backends, in configured order. */
    public static List<Backend> backends(BackendPool pool) {
        return pool.snapshot().members().stream().map(Member::backend).toList();
    }

    /** Leases a backend, which must be there to lease. */
    public static Lease lease(BackendPool pool, PickContext context) {
        return Objects.requireNonNull(pool.lease(context), "no backend to lease");
    }

    /** Makes these the backends of the pool, all of them healthy. */
    public static List<Backend> fill(BackendPool pool, BackendSpec... specs) {
        pool.replace(List.of(specs));
        List<Backend> backends = backends(pool);
        backends.forEach(backend -> pool.report(backend, Health.HEALTHY, "test"));
        return backends;
    }
}
