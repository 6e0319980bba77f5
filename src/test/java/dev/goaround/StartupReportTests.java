package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StartupReportTests {

    private static final ServerUrls URLS =
            new ServerUrls(URI.create("http://localhost:3000"), URI.create("http://127.0.0.1:3001/actuator/goaround"));

    private final BackendPool pool =
            new BackendPool(Balancers.named("least-requests").orElseThrow(), Clock.systemUTC());

    @Test
    void showsVersionUrlsPolicyAndBackendsInColumns() {
        pool.replace(List.of(spec("http://localhost:9000"), spec("http://app-1.internal:80/base")));
        pool.report(pool.snapshot().members().get(0).backend(), Health.HEALTHY, "200");

        assertThat(report(URLS).lines())
                .containsExactly(
                        "GoAround 0.1.0  http://localhost:3000  (status http://127.0.0.1:3001/actuator/goaround)",
                        "least-requests over 2 backends:",
                        "  localhost-9000          http://localhost:9000          healthy",
                        "  app-1.internal-80-base  http://app-1.internal:80/base  degraded: not probed yet");
        assertThat(report(URLS).warning()).isNull();
    }

    @Test
    void showsWeightAndBackupWhereTheyAreNotTheDefault() {
        pool.replace(List.of(new BackendSpec(URI.create("http://localhost:9000"), 3, 1024, true)));

        assertThat(report(URLS).lines())
                .contains("least-requests over 1 backend:")
                .contains("  localhost-9000  http://localhost:9000  degraded: not probed yet, weight 3, backup");
    }

    @Test
    void ofManyBackendsTheFirstAreShown() {
        pool.replace(IntStream.range(0, 1000)
                .mapToObj(i -> spec("http://app-" + i + ":80"))
                .toList());

        assertThat(report(URLS).lines()).hasSize(103).contains("least-requests over 1000 backends:", "  and 900 more");
    }

    @Test
    void warnsWithoutBackends() {
        assertThat(report(URLS).lines())
                .containsExactly(
                        "GoAround 0.1.0  http://localhost:3000  (status http://127.0.0.1:3001/actuator/goaround)");
        assertThat(report(URLS).warning())
                .isEqualTo("no backends: every request gets 503 until one is configured (-b URL)");
    }

    @Test
    void saysThatTheManagementPortIsOff() {
        assertThat(report(new ServerUrls(URI.create("http://localhost:3000"), null))
                        .lines())
                .containsExactly("GoAround 0.1.0  http://localhost:3000  (management port off)");
    }

    private StartupReport report(ServerUrls urls) {
        return new StartupReport(
                "0.1.0", urls, "least-requests", pool.snapshot().members());
    }

    private static BackendSpec spec(String url) {
        return new BackendSpec(URI.create(url), 1, 1024, false);
    }
}
