package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.testing.Certificates;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** What Prometheus scrapes of the whole application, over a backend that works and one that does not. */
class MetricsHttpTests {

    private static final Certificates SHOP = Certificates.forName("shop.example");
    private static final Path OBSERVABILITY = Path.of("deploy/observability");

    /** A line of the exposition format: name, labels, value. */
    private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)\\})? \\S+");

    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");
    private static final Pattern NAMED = Pattern.compile("\\b(?:goaround|jvm|process|system)_\\w+");

    private static RawBackend good;
    private static RawBackend bad;
    private static ConfigurableApplicationContext application;
    private static String scrape = "";

    @BeforeAll
    static void serve(@TempDir Path folder) throws Exception {
        good = RawBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        bad = RawBackend.answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        SHOP.writePem(folder.resolve("cert.pem"), folder.resolve("key.pem"));
        application = new SpringApplication(GoAroundApplication.class)
                .run(
                        "--server.port=0",
                        "--management.server.port=0",
                        "--goaround.backends=" + bad.uri() + "," + good.uri(),
                        // Which it passes, so that it gets traffic.
                        "--goaround.health.path=/",
                        "--goaround.health.expect=200,503",
                        "--goaround.tls.certificate=" + folder.resolve("cert.pem"),
                        "--goaround.tls.private-key=" + folder.resolve("key.pem"));
        await().untilAsserted(() -> {
            try (RawClient client = secured()) {
                assertThat(client.get("/").status()).isEqualTo(200);
                client.get("/");
            }
            scrape = scrape();
            System.gc(); // Its pauses are listened to from the first scrape on.
            assertThat(scrape)
                    .contains("jvm_gc_pause_seconds_count")
                    .contains("cause=\"gateway_errors\",to=\"degraded\"")
                    .containsPattern("goaround_event_loop_delay_seconds_count [1-9]");
        });
    }

    @AfterAll
    static void stop() {
        application.close();
        good.close();
        bad.close();
    }

    /** The contract of docs/metrics.md: whoever has a dashboard relies on every word of it. */
    @Test
    void namesAndLabelsAreThoseThatDashboardsRelyOn() {
        assertThat(series("goaround_"))
                .containsExactly(
                        "goaround_access_log_dropped_total{}",
                        "goaround_attempt_first_byte_seconds{backend}",
                        "goaround_attempts_total{backend,result}",
                        "goaround_backend_connections_closed_early_total{backend}",
                        "goaround_backend_connections_opened_total{backend}",
                        "goaround_backend_connections_pending{backend}",
                        "goaround_backend_connections_reused_total{backend}",
                        "goaround_backend_connections{backend,state}",
                        "goaround_backend_ejections_total{backend,cause}",
                        "goaround_backend_flips_total{backend,cause,to}",
                        "goaround_backend_in_flight{backend}",
                        "goaround_backend_limit{backend}",
                        "goaround_backend_received_bytes_total{backend}",
                        "goaround_backend_sent_bytes_total{backend}",
                        "goaround_backend_state{backend,state}",
                        "goaround_backend_tunnels{backend}",
                        "goaround_build_info{version}",
                        "goaround_certificate_expiry_timestamp_seconds{name,number}",
                        "goaround_client_connections_accepted_total{}",
                        "goaround_client_connections_open{}",
                        "goaround_configuration_reloads_total{result}",
                        "goaround_direct_memory_bytes{}",
                        "goaround_direct_memory_limit_bytes{}",
                        "goaround_event_loop_delay_seconds{}",
                        "goaround_limits_reached_total{limit}",
                        "goaround_management_tokens_refused_total{}",
                        "goaround_probe_duration_seconds{backend}",
                        "goaround_queue_length{}",
                        "goaround_queue_wait_seconds{}",
                        "goaround_replay_memory_bytes{}",
                        "goaround_request_duration_seconds{backend}",
                        "goaround_requests_in_flight{}",
                        "goaround_requests_total{backend,method,outcome,protocol,status}",
                        "goaround_retries_total{backend,reason}",
                        "goaround_tls_handshakes_total{result}");
    }

    @Test
    void theDocumentNamesEveryMetric() throws IOException {
        String document = Files.readString(Path.of("docs/metrics.md"));
        assertThat(series("goaround_")).allSatisfy(series -> {
            String name = series.substring(0, series.indexOf('{'));
            assertThat(document).contains("`" + name + "`");
        });
        assertThat(named(document)).allSatisfy(name -> assertThat(names()).contains(name));
    }

    @Test
    void everyMetricThatTheDashboardNamesExists() throws IOException {
        assertThat(named(Files.readString(OBSERVABILITY.resolve("dashboard.json"))))
                .hasSizeGreaterThan(15)
                .isSubsetOf(names());
    }

    @Test
    void everyMetricThatAnAlertNamesExists() throws IOException {
        assertThat(named(Files.readString(OBSERVABILITY.resolve("alerts.yml"))))
                .hasSizeGreaterThan(8)
                .isSubsetOf(names());
    }

    @Test
    void theRetriesOfABackendThatFailsSayWhy() {
        assertThat(scrape)
                .containsPattern("goaround_retries_total\\{backend=\"127.0.0.1-"
                        + bad.uri().getPort() + "\",reason=\"status\"} [1-9]");
        assertThat(scrape)
                .containsPattern("goaround_attempts_total\\{backend=\"127.0.0.1-"
                        + bad.uri().getPort() + "\",result=\"gateway_error\"} [1-9]");
        assertThat(scrape).containsPattern("goaround_tls_handshakes_total\\{result=\"completed\"} [1-9]");
    }

    /** Base names with the names of their labels, sorted. */
    private static Set<String> series(String prefix) {
        Set<String> series = new TreeSet<>();
        scrape.lines().filter(line -> line.startsWith(prefix)).forEach(line -> {
            Matcher sample = SAMPLE.matcher(line);
            assertThat(sample.matches()).as(line).isTrue();
            Set<String> labels = new TreeSet<>();
            Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
            while (label.find()) {
                labels.add(label.group(1));
            }
            labels.remove("le");
            String name = sample.group(1).replaceFirst("_(bucket|sum|count)$", "");
            series.add(name + "{" + String.join(",", labels) + "}");
        });
        return series;
    }

    /** Every name that a query may use. */
    private static Set<String> names() {
        Set<String> names = new TreeSet<>();
        scrape.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            Matcher sample = SAMPLE.matcher(line);
            if (sample.matches()) {
                names.add(sample.group(1));
                names.add(sample.group(1).replaceFirst("_(bucket|sum|count)$", ""));
            }
        });
        return names;
    }

    private static Set<String> named(String text) {
        Set<String> names = new TreeSet<>();
        Matcher name = NAMED.matcher(text);
        while (name.find()) {
            names.add(name.group());
        }
        return names;
    }

    private static String scrape() {
        try (RawClient client = new RawClient(port("local.management.port"))) {
            return client.send("GET /actuator/prometheus HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .read()
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RawClient secured() throws Exception {
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, SHOP.authority().getTrustManagers(), null);
        return new RawClient(
                (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", port("local.server.port")));
    }

    private static int port(String name) {
        return Integer.parseInt(application.getEnvironment().getRequiredProperty(name));
    }
}
