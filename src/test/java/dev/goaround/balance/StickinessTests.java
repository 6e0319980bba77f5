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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients stay with their backend above every policy. */
class StickinessTests {

    private static final int CLIENTS = 200;

    static Stream<String> policies() {
        return Balancers.names().stream();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "LAX,,/,AUTO,true,false | ; Path=/; HttpOnly; SameSite=Lax | ; Path=/; HttpOnly; SameSite=Lax; Secure",
                "STRICT,,/app,ALWAYS,false,false | ; Path=/app; SameSite=Strict; Secure | ; Path=/app; SameSite=Strict; Secure",
                "NONE,shop.example,/,AUTO,true,true | ; Path=/; Domain=shop.example; HttpOnly; SameSite=None; Partitioned;"
                        + " Secure | ; Path=/; Domain=shop.example; HttpOnly; SameSite=None; Partitioned; Secure",
                "LAX,,/,NEVER,true,false | ; Path=/; HttpOnly; SameSite=Lax | ; Path=/; HttpOnly; SameSite=Lax",
            })
    void theCookieHasTheAttributesOfTheSettings(String settings, String plain, String tls) {
        String[] parts = settings.split(",", -1);
        BackendPool pool = new BackendPool(Balancers.named("random").orElseThrow(), new ManualClock());
        fill(pool, spec("http://a:1"));
        Stickiness stickiness = new Stickiness(
                "stuck",
                new BalanceSettings.Sticky(
                        "stuck",
                        null,
                        null,
                        BalanceSettings.Sticky.SameSite.valueOf(parts[0]),
                        parts[1].isEmpty() ? null : parts[1],
                        parts[2],
                        BalanceSettings.Sticky.Secure.valueOf(parts[3]),
                        Boolean.parseBoolean(parts[4]),
                        Boolean.parseBoolean(parts[5])),
                pool,
                Stickiness.key(new Random(1)));
        Backend backend = backends(pool).get(0);
        assertThat(stickiness.setCookie(backend, List.of(), false)).endsWith(plain);
        assertThat(stickiness.setCookie(backend, List.of(), true)).endsWith(tls);
    }

    @Test
    void namesOfOthersAreKeptUpToABoundAndNothingElseIs() {
        BackendPool pool = new BackendPool(Balancers.named("random").orElseThrow(), new ManualClock());
        fill(pool, spec("http://a:1"), spec("http://b:1"));
        Stickiness stickiness = new Stickiness(
                "stuck", BalanceSettings.Sticky.plain("stuck", null, null), pool, Stickiness.key(new Random(1)));
        Backend a = backends(pool).get(0);
        String b =
                value(Objects.requireNonNull(stickiness.setCookie(backends(pool).get(1), List.of(), false)));
        String own = value(Objects.requireNonNull(stickiness.setCookie(a, List.of(), false)));
        String other = "x".repeat(22);
        assertThat(value(Objects.requireNonNull(
                        stickiness.setCookie(a, List.of(b + "." + other + ".short", "<script>", other), false))))
                .isEqualTo(own + "." + other);
        List<String> many =
                IntStream.range(0, 20).mapToObj(i -> "%022d".formatted(i)).toList();
        assertThat(value(Objects.requireNonNull(stickiness.setCookie(a, many, false)))
                        .split("\\."))
                .hasSize(6)
                .startsWith(own);
        assertThat(stickiness.named(List.of(other + "." + own))).isSameAs(a);
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
                    "stuck", BalanceSettings.Sticky.plain("stuck", null, null), pool, Stickiness.key(random));
            Map<Integer, String> cookies = new TreeMap<>();
            Map<Integer, Backend> homes = new TreeMap<>();
            for (int client = 0; client < CLIENTS; client++) {
                if (client % 10 == 9) {
                    specs.add(random.nextInt(specs.size()), spec("http://b" + specs.size() + ":1", 1 + client, 1024));
                    specs.set(0, specs.get(0).weighing(1 + client));
                    fill(pool, specs.toArray(BackendSpec[]::new));
                }
                Lease first = Pools.lease(pool, new PickContext(List.of(), random.nextLong()));
                cookies.put(
                        client, value(Objects.requireNonNull(stickiness.setCookie(first.backend(), List.of(), false))));
                homes.put(client, first.backend());
                first.end(new Answered(200));

                int again = random.nextInt(client + 1);
                Backend home = homes.get(again);
                Backend ill = backends(pool).get(random.nextInt(specs.size()));
                pool.report(ill, ill == home ? Health.HEALTHY : Health.DEGRADED, "test");
                PickContext context = new PickContext(List.of(), random.nextLong())
                        .stuckTo(stickiness.named(List.of(Objects.requireNonNull(cookies.get(again)))));
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
