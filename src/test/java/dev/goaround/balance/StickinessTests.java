package dev.goaround.balance;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.fill;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.PickContext;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients stay with their backend above every policy. */
class StickinessTests {

    private static final int CLIENTS = 200;

    static Stream<String> policies() {
        return Balancers.names().stream();
    }

    /** Backends are added, reweighted, moved in the list and fall ill beside it, in a seeded run. */
    @ParameterizedTest
    @MethodSource("policies")
    void survivesEveryChangeThatDoesNotConcernItsBackend(String policy) {
        for (int seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            BackendPool pool = new BackendPool(Balancers.named(policy).orElseThrow(), new ManualClock());
            List<BackendSpec> specs = new ArrayList<>(List.of(spec("http://b0:1"), spec("http://b1:1")));
            fill(pool, specs.toArray(BackendSpec[]::new));
            Stickiness stickiness = new Stickiness(
                    "stuck", new BalanceSettings.Sticky("stuck", null, null), pool, Stickiness.key(random));
            Map<Integer, String> cookies = new TreeMap<>();
            Map<Integer, Backend> homes = new TreeMap<>();
            for (int client = 0; client < CLIENTS; client++) {
                if (client % 10 == 9) {
                    specs.add(random.nextInt(specs.size()), spec("http://b" + specs.size() + ":1", 1 + client, 1024));
                    specs.set(0, specs.get(0).weighing(1 + client));
                    fill(pool, specs.toArray(BackendSpec[]::new));
                }
                Lease first = Pools.lease(pool, new PickContext(List.of(), random.nextLong()));
                cookies.put(client, value(Objects.requireNonNull(stickiness.setCookie(first.backend(), false))));
                homes.put(client, first.backend());
                first.end(new Answered(200));

                int again = random.nextInt(client + 1);
                Backend home = homes.get(again);
                Backend ill = backends(pool).get(random.nextInt(specs.size()));
                pool.report(ill, ill == home ? Health.HEALTHY : Health.DEGRADED, "test");
                PickContext context = new PickContext(List.of(), random.nextLong())
                        .stuckTo(stickiness.named(Objects.requireNonNull(cookies.get(again))));
                Lease lease = Pools.lease(pool, context);
                assertThat(lease.backend())
                        .as("seed %s, client %s", seed, again)
                        .isSameAs(home);
                lease.end(new Answered(200));
                pool.report(ill, Health.HEALTHY, "test");
            }
            assertThat(homes.values().stream().distinct().count()).isGreaterThan(2);
        }
    }

    private static String value(String setCookie) {
        return setCookie.substring(setCookie.indexOf('=') + 1, setCookie.indexOf(';'));
    }
}
