package dev.goaround.pool;

import static dev.goaround.testing.Pools.backends;
import static dev.goaround.testing.Pools.backup;
import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.testing.ManualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EligibilityTests {

    /** Members by letters: h healthy, d degraded, o draining, n not probed yet, x disabled, s set to draining; capitals are backups. */
    @ParameterizedTest(name = "{0} with {1} %: {2}")
    @CsvSource({
        "hhhd, 0,   'abc'",
        "hddd, 0,   'a'",
        "dddd, 0,   ''",
        "hddd, 25,  'a'", // at the threshold
        "hddd, 26,  'abcd'", // below it
        "dddd, 1,   'abcd'",
        "hhhd, 100, 'abcd'",
        "hhhh, 100, 'abcd'",
        "hdoo, 50,  'a'", // who drains is no share of anything
        "hdoo, 51,  'ab'", // and gets nothing in panic either
        "oooo, 100, ''",
        "nnnn, 100, ''", // nor whoever is not known yet
        "hnnn, 100, 'a'",
        "hdnn, 60,  'ab'",
        "hdH,  0,   'a'",
        "hdH,  50,  'a'", // two of three
        "hdH,  70,  'abc'", // all means all
        "ddH,  30,  'c'",
        "ddH,  34,  'abc'",
        "hxs,  0,   'a'",
        "dxs,  100, 'a'", // nor in panic
        "xs,   100, ''",
        "hdxx, 50,  'a'", // and is no share of anything
        "xxH,  0,   'c'",
        "'',   100, ''",
    })
    void usesHealthyOnesOrInPanicAll(String members, int threshold, String eligible) {
        BackendPool pool = pool(threshold, members);
        Set<String> picked = new TreeSet<>();
        for (int i = 0; i < 2 * members.length(); i++) {
            Lease lease = pool.lease(PickContext.FIRST);
            if (lease != null) {
                picked.add(lease.backend().id().substring(0, 1));
                lease.end(new Outcome.Answered(200));
            }
        }
        assertThat(String.join("", picked)).isEqualTo(eligible);
        assertThat(pool.snapshot().panic()).isEqualTo(eligible.length() > healthy(members));
    }

    @Test
    void panicsWithTheFirstFailureOfABackendThatWasNotProbedYet() {
        BackendPool pool = pool(60, "hn");
        assertThat(pool.snapshot().panic()).isFalse();

        assertThat(pool.report(backends(pool).get(1), Health.DEGRADED, "refused"))
                .isFalse();
        assertThat(pool.snapshot().panic()).isTrue();

        pool.report(backends(pool).get(1), Health.DEGRADED, "still refused");
        assertThat(pool.snapshot().panic()).isTrue();
        pool.report(backends(pool).get(1), Health.HEALTHY, "200");
        assertThat(pool.snapshot().panic()).isFalse();
    }

    private static int healthy(String members) {
        int primaries = (int) members.chars().filter(each -> each == 'h').count();
        return primaries > 0
                ? primaries
                : (int) members.chars().filter(each -> each == 'H').count();
    }

    private static BackendPool pool(int threshold, String members) {
        BackendPool pool = new BackendPool(
                Balancers.named("round-robin").orElseThrow(), new Eligibility(threshold, null), new ManualClock());
        List<BackendSpec> specs = new ArrayList<>();
        for (int i = 0; i < members.length(); i++) {
            String url = "http://" + (char) ('a' + i) + ":1";
            specs.add(Character.isUpperCase(members.charAt(i)) ? backup(url) : spec(url));
        }
        pool.replace(specs);
        List<Listing> listings = new ArrayList<>();
        for (int i = 0; i < members.length(); i++) {
            OperatorState state = switch (members.charAt(i)) {
                case 'x' -> OperatorState.DISABLED;
                case 's' -> OperatorState.DRAINING;
                default -> OperatorState.READY;
            };
            listings.add(new Listing(specs.get(i), List.of("configuration"), state));
        }
        pool.update(listings);
        for (int i = 0; i < members.length(); i++) {
            Backend backend = backends(pool).get(i);
            switch (Character.toLowerCase(members.charAt(i))) {
                case 'h', 'x', 's' -> pool.report(backend, Health.HEALTHY, "200");
                case 'd' -> pool.report(backend, Health.DEGRADED, "refused");
                case 'o' -> pool.report(backend, Health.DRAINING, "OUT_OF_SERVICE");
                default -> {}
            }
        }
        return pool;
    }
}
