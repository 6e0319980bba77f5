package dev.goaround.pool;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.goaround.balance.Balancers;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Priorities and zones. */
class LevelTests {

    /** Levels divided by spaces; letters as in EligibilityTests. Shares in percent, by level. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "hhhh hhhh,       100 0",
        "hhhhd hhhh,      100 0", // four of five, times 1.4, are enough
        "hhhhhdd hh,      100 0", // 5/7 times 1.4 is just the whole
        "hhhdd hh,        84 16",
        "hddd hh,         35 65",
        "dddd hh,         0 100",
        "hddd hddd hh,    35 35 30",
        "hddd hddd dddd,  50 50 0", // what they have together is divided
        "hddd dddd,       100 0",
        "hooo hh,         35 65", // who drains is missing
        "hxss hh,         35 65", // and so is who is kept from traffic
        "hnnn hh,         100 0", // but not who has just been added
        "hddd HH,         100 0", // backups are for when there is nobody else
        "dddd HH hh,      0 0 100",
        "dddd HH dd HH,   0 100 0 0",
        "dddd HDDD dd HH, 0 35 0 65",
        "dddd dd,         0 0",
    })
    void givesTheNextLevelWhatThoseBeforeItCanNotCarry(String levels, String shares) {
        BackendPool pool = pool("least-requests", null);
        List<Listing> listings = new ArrayList<>();
        String states = levels.replace(" ", "");
        for (String level : levels.split(" ", -1)) {
            int priority = listings.isEmpty()
                    ? 0
                    : listings.get(listings.size() - 1).spec().priority() + 1;
            for (int i = 0; i < level.length(); i++) {
                char letter = level.charAt(i);
                BackendSpec spec = Character.isUpperCase(letter)
                        ? Pools.backup("http://b" + listings.size() + ":1")
                        : spec("http://b" + listings.size() + ":1");
                listings.add(new Listing(spec.placed(priority, null), List.of("test"), state(letter)));
            }
        }
        pool.update(listings);
        for (int i = 0; i < states.length(); i++) {
            report(pool, i, Character.toLowerCase(states.charAt(i)));
        }

        Map<String, Double> parts = parts(pool, backend -> "" + backend.spec().priority());
        String[] expected = shares.split(" ", -1);
        for (int i = 0; i < expected.length; i++) {
            assertThat(parts.getOrDefault("" + i, 0.0))
                    .as("level %s", i)
                    .isCloseTo(Double.parseDouble(expected[i]), within(0.5));
        }
    }

    /** Backends by their zones, one letter each, capitals ill; GoAround is in a. The share that stays there, in percent. */
    @ParameterizedTest(name = "{0}: {1} %")
    @CsvSource({
        "aaa,       100",
        "abc,       100",
        "aabbcc,    100",
        "aaaabc,    100", // more than its part
        "abbbcccc,  37.5", // an eighth, but a third of the requests
        "aAAbbbccc, 42.9", // one of seven
        "aABbcc,    75", // one of four
        "Abc,       0",
        "bc,        0",
        "ab,        100",
        "abb,       66.7",
        "aA--,      66.7", // backends without a zone are a zone of their own
        "aBbb,      66.7",
    })
    void staysInItsZoneAsFarAsThatCanCarryItsPart(String zones, double stays) {
        BackendPool pool = zoned("a", 1024, zones);

        assertThat(parts(pool, LevelTests::zone).getOrDefault("a", 0.0)).isCloseTo(stays, within(0.5));
    }

    @Test
    void isTheSameForAllWithoutAZoneOfItsOwn() {
        assertThat(parts(zoned(null, 1024, "abbb"), LevelTests::zone).getOrDefault("a", 0.0))
                .isCloseTo(25, within(0.5));
    }

    @Test
    void goesElsewhereWhenItsZoneIsBusyWhoeverHasMorePlacesFree() {
        BackendPool pool = zoned("a", 10, "abc");
        StringBuilder picked = new StringBuilder();
        for (int i = 0; i < 31; i++) {
            Lease lease = pool.lease(PickContext.FIRST);
            picked.append(lease == null ? "-" : zone(lease.backend()));
        }
        assertThat(picked.substring(0, 8)).isEqualTo("aaaaaaaa");
        assertThat(picked.substring(8, 24).chars().sorted().mapToObj(Character::toString))
                .containsExactly("bbbbbbbbcccccccc".split(""));
        assertThat(picked.substring(24, 30).chars().sorted().mapToObj(Character::toString))
                .containsExactly("aabbcc".split(""));
        assertThat(picked.substring(30)).isEqualTo("-");
    }

    @Test
    void goesElsewhereWhenItsZoneWasTried() {
        BackendPool pool = zoned("a", 10, "aab");
        List<Backend> all = backends(pool);

        assertThat(Pools.lease(pool, new PickContext(all.subList(0, 2))).backend())
                .isSameAs(all.get(2));
        assertThat(pool.lease(new PickContext(all))).isNull();
    }

    @Test
    void goesToTheOtherLevelWhenItsOwnWasTriedOrIsFull() {
        BackendPool pool = pool("least-requests", null);
        List<Backend> all =
                fill(pool, spec("http://a:1", 1, 2), spec("http://b:1"), spec("http://c:1"), spec("http://d:1"));
        pool.report(all.get(1), Health.DEGRADED, "refused");
        pool.report(all.get(2), Health.DEGRADED, "refused");
        assertThat(pool.snapshot().eligible()).containsExactly(all.get(0), all.get(3));

        for (int i = 0; i < 10; i++) {
            assertThat(Pools.lease(pool, new PickContext(List.of(all.get(0)))).backend())
                    .isSameAs(all.get(3));
        }
        for (int i = 0; i < 10; i++) {
            assertThat(pool.lease(PickContext.FIRST)).isNotNull();
        }
        assertThat(all.get(0).inFlight()).isEqualTo(2);
        assertThat(pool.lease(new PickContext(List.of(all.get(3))))).isNull();
    }

    /** The first three are of the first level, the others of the second. */
    private static List<Backend> fill(BackendPool pool, BackendSpec... specs) {
        for (int i = 0; i < specs.length; i++) {
            specs[i] = specs[i].placed(i < 3 ? 0 : 1, null);
        }
        return Pools.fill(pool, specs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"abbb", "aAAbbbccc"})
    void sendsAKeyWhereItWentBefore(String zones) {
        BackendPool pool = zoned("consistent-hash", "a", 1024, zones);
        Map<Long, Backend> first = new TreeMap<>();
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            long key = random.nextInt(1, 301);
            Lease lease = Pools.lease(pool, new PickContext(List.of(), key));
            Backend before = first.putIfAbsent(key, lease.backend());
            assertThat(before == null ? lease.backend() : before).isSameAs(lease.backend());
            lease.end(new Outcome.Answered(200));
        }
        assertThat(first.values().stream().map(LevelTests::zone).distinct()).hasSizeGreaterThan(1);
    }

    @Test
    void ignoresPrioritiesAndZonesInPanic() {
        BackendPool pool = new BackendPool(
                Balancers.named("round-robin").orElseThrow(), new Eligibility(50, null, "a"), new ManualClock());
        List<Backend> all = Pools.fill(
                pool,
                spec("http://a:1").placed(0, "a"),
                spec("http://b:1").placed(1, "b"),
                spec("http://c:1").placed(2, "c"));
        pool.report(all.get(0), Health.DEGRADED, "refused");
        pool.report(all.get(1), Health.DEGRADED, "refused");

        assertThat(pool.snapshot().panic()).isTrue();
        assertThat(parts(pool, LevelTests::zone).values())
                .allSatisfy(part -> assertThat(part).isCloseTo(33.3, within(0.5)));
    }

    private static BackendPool pool(String policy, @Nullable String zone) {
        return new BackendPool(
                Balancers.named(policy).orElseThrow(), new Eligibility(0, null, zone), new ManualClock());
    }

    private static BackendPool zoned(@Nullable String own, int maxConnections, String zones) {
        return zoned("least-requests", own, maxConnections, zones);
    }

    private static BackendPool zoned(String policy, @Nullable String own, int maxConnections, String zones) {
        BackendPool pool = pool(policy, own);
        BackendSpec[] specs = new BackendSpec[zones.length()];
        for (int i = 0; i < specs.length; i++) {
            String zone = zones.substring(i, i + 1).toLowerCase(Locale.ROOT);
            specs[i] = spec("http://b" + i + ":1", 1, maxConnections).placed(0, zone.equals("-") ? null : zone);
        }
        List<Backend> backends = Pools.fill(pool, specs);
        for (int i = 0; i < specs.length; i++) {
            if (Character.isUpperCase(zones.charAt(i))) {
                pool.report(backends.get(i), Health.DEGRADED, "refused");
            }
        }
        return pool;
    }

    private static OperatorState state(char letter) {
        return switch (letter) {
            case 'x' -> OperatorState.DISABLED;
            case 's' -> OperatorState.DRAINING;
            default -> OperatorState.READY;
        };
    }

    private static void report(BackendPool pool, int index, char letter) {
        Backend backend = backends(pool).get(index);
        switch (letter) {
            case 'h', 'x', 's' -> pool.report(backend, Health.HEALTHY, "200");
            case 'd' -> pool.report(backend, Health.DEGRADED, "refused");
            case 'o' -> pool.report(backend, Health.DRAINING, "OUT_OF_SERVICE");
            default -> {}
        }
    }

    private static String zone(Backend backend) {
        String zone = backend.spec().zone();
        return zone == null ? "-" : zone;
    }

    /** Which part of 3,000 requests, in percent, goes to the backends of each name. */
    private static Map<String, Double> parts(BackendPool pool, Function<Backend, String> name) {
        Map<String, Double> parts = new TreeMap<>();
        for (int i = 0; i < 3000; i++) {
            Lease lease = pool.lease(PickContext.FIRST);
            if (lease != null) {
                parts.merge(name.apply(lease.backend()), 100.0 / 3000, Double::sum);
                lease.end(new Outcome.Answered(200));
            }
        }
        return parts;
    }
}
