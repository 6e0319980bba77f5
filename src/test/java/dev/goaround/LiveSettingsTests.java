package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Stickiness;
import dev.goaround.config.GoAroundProperties;
import dev.goaround.config.LiveSettings;
import dev.goaround.config.SettingsReader;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.PickContext;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/** What is put together of the settings, when they are replaced. */
class LiveSettingsTests {

    private final ManualClock clock = new ManualClock();
    private final LiveSettings live = new LiveSettings(settings(Map.of()));
    private final BackendPool pool = new LiveBalance(live, clock).pool();
    private final LiveRequests requests = new LiveRequests(live, pool, Stickiness.key(new Random(1)));

    @Test
    void whoeverAsksForAPartGetsThatOfTheSettingsInForce() {
        var interval = live.of(now -> now.health().interval());
        replace(Map.of("goaround.health.interval", "7s"));
        assertThat(interval.get()).hasSeconds(7);
    }

    @Test
    void thePolicyChangesAndBackendsStayAsTheyAre() {
        List<Backend> backends = Pools.fill(pool, Pools.spec("http://a:1"), Pools.spec("http://b:1"));
        Lease running = Pools.lease(pool, PickContext.FIRST);
        for (String policy : List.of("least-time", "peak-ewma", "consistent-hash", "round-robin")) {
            replace(Map.of("goaround.balance.policy", policy));
            assertThat(Pools.backends(pool)).isEqualTo(backends);
            assertThat(pool.snapshot().members()).allMatch(member -> member.health() == Health.HEALTHY);
            assertThat(running.backend().inFlight()).isEqualTo(1);
        }
        assertThat(picks(4)).containsExactlyInAnyOrder("a-1", "b-1", "a-1", "b-1");
        running.end(new Answered(200));
        assertThat(running.backend().inFlight()).isZero();
    }

    @Test
    void whatAnAlgorithmHasLearnedStaysIfOnlySlowStartOrPanicChange() {
        replace(Map.of("goaround.balance.policy", "round-robin"));
        Pools.fill(pool, Pools.spec("http://a:1"), Pools.spec("http://b:1"));
        var picker = pool.snapshot().picker();
        replace(Map.of("goaround.balance.policy", "round-robin", "goaround.health.fall", "3"));
        assertThat(pool.snapshot().picker()).isSameAs(picker);
        pool.report(Pools.backends(pool).get(0), Health.DEGRADED, "test");
        replace(Map.of("goaround.balance.policy", "round-robin", "goaround.balance.panic-threshold", "100"));
        assertThat(pool.snapshot().panic()).isTrue();
        assertThat(pool.snapshot().eligible()).hasSize(2);
    }

    @Test
    void clientsStayWithTheirBackendUnlessItsSecretChanges() {
        Backend backend = Pools.fill(pool, Pools.spec("http://a:1")).get(0);
        assertThat(requests.get().stickiness()).isNull();
        replace(Map.of("goaround.balance.sticky.cookie", "stuck"));
        String cookie = cookie(backend);
        replace(Map.of("goaround.balance.sticky.cookie", "stuck", "goaround.balance.sticky.lifetime", "1h"));
        assertThat(cookie(backend))
                .startsWith(cookie.substring(0, cookie.indexOf(';')))
                .contains("Max-Age=3600");
        replace(Map.of(
                "goaround.balance.sticky.cookie", "stuck", "goaround.balance.sticky.secret", "correct horse battery"));
        assertThat(cookie(backend)).doesNotStartWith(cookie.substring(0, cookie.indexOf(';')));
    }

    @Test
    void requestsGoByTheSettingsInForce() {
        replace(Map.of(
                "goaround.request-timeout", "3s",
                "goaround.forwarding.trusted-proxies", "10.0.0.0/8",
                "goaround.forwarding.preserve-host", "false",
                "goaround.forwarding.trusted-fields", "X-Tenant",
                "goaround.retry.attempts-header", "true"));
        assertThat(requests.get().requestTimeout()).hasSeconds(3);
        assertThat(requests.get().trusted().blocks()).hasSize(1);
        assertThat(requests.get().claims().contains("x_tenant")).isTrue();
        assertThat(requests.get().forwarding().preserveHost()).isFalse();
        assertThat(requests.get().attemptsHeader()).isTrue();
    }

    private String cookie(Backend backend) {
        Stickiness stickiness = Objects.requireNonNull(requests.get().stickiness());
        return Objects.requireNonNull(stickiness.setCookie(backend, List.of(), false));
    }

    private List<String> picks(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    Lease lease = Pools.lease(pool, PickContext.FIRST);
                    lease.end(new Answered(200));
                    return lease.backend().id();
                })
                .toList();
    }

    /** As after a reload. */
    private void replace(Map<String, Object> properties) {
        live.replace(settings(properties));
    }

    private static GoAroundProperties settings(Map<String, Object> properties) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("test", new HashMap<>(properties)));
        ConfigurationPropertySources.attach(environment);
        return SettingsReader.read(environment);
    }
}
