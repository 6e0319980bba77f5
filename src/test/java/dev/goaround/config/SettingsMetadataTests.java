package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.springframework.boot.json.JsonParserFactory;

/** Holds the configuration keys literally: they are a contract with users. */
class SettingsMetadataTests {

    private static final List<String> KEYS = List.of(
            "goaround.access-log.buffer Integer = 8192",
            "goaround.access-log.file Path = null",
            "goaround.access-log.file-size DataSize = 100MB",
            "goaround.access-log.files Integer = 5",
            "goaround.access-log.format AccessLogSettings$Format = off",
            "goaround.access-log.query Boolean = true",
            "goaround.backends List<BackendEntry> = null",
            "goaround.balance.hash-bound Double = 1.25",
            "goaround.balance.hash-key HashKey = client-address",
            "goaround.balance.panic-threshold Integer = 0",
            "goaround.balance.policy String = least-requests",
            "goaround.balance.slow-start Duration = null",
            "goaround.balance.sticky.cookie String = null",
            "goaround.balance.sticky.domain String = null",
            "goaround.balance.sticky.http-only Boolean = true",
            "goaround.balance.sticky.lifetime Duration = null",
            "goaround.balance.sticky.partitioned Boolean = false",
            "goaround.balance.sticky.path String = /",
            "goaround.balance.sticky.same-site BalanceSettings$Sticky$SameSite = lax",
            "goaround.balance.sticky.secret String = null",
            "goaround.balance.sticky.secure BalanceSettings$Sticky$Secure = auto",
            "goaround.balance.zone String = null",
            "goaround.demo Boolean = false",
            "goaround.dns.max-backends Integer = 1000",
            "goaround.dns.max-ttl Duration = 60s",
            "goaround.dns.min-ttl Duration = 5s",
            "goaround.dns.servers List<String> = null",
            "goaround.dns.timeout Duration = 5s",
            "goaround.forwarding.preserve-host Boolean = true",
            "goaround.forwarding.request-id String = null",
            "goaround.forwarding.trusted-fields List<String> = null",
            "goaround.forwarding.trusted-proxies List<Cidr> = null",
            "goaround.forwarding.via Boolean = true",
            "goaround.health.degraded-interval Duration = 1s",
            "goaround.health.expect String = null",
            "goaround.health.fall Integer = 2",
            "goaround.health.interval Duration = 2s",
            "goaround.health.outliers Boolean = true",
            "goaround.health.path String = null",
            "goaround.health.service String = null",
            "goaround.health.spring Boolean = false",
            "goaround.health.timeout Duration = 1s",
            "goaround.health.type HealthSettings$Type = http",
            "goaround.limit.queue-length Integer = 1024",
            "goaround.limit.queue-target Duration = 100ms",
            "goaround.limit.queue-time Duration = 1s",
            "goaround.limit.request-memory DataSize = null",
            "goaround.listen.abort-on-close Boolean = false",
            "goaround.listen.body-limit DataSize = null",
            "goaround.listen.body-timeout Duration = 30s",
            "goaround.listen.header-count-limit Integer = 100",
            "goaround.listen.header-limit DataSize = 32KB",
            "goaround.listen.header-timeout Duration = 10s",
            "goaround.listen.http2 Boolean = true",
            "goaround.listen.http2-max-streams Integer = 100",
            "goaround.listen.http2-ping-interval Duration = 60s",
            "goaround.listen.http3 Boolean = false",
            "goaround.listen.keep-alive-timeout Duration = 75s",
            "goaround.listen.max-connections Integer = null",
            "goaround.listen.max-connections-per-address Integer = null",
            "goaround.listen.minimum-download-rate DataSize = 240B",
            "goaround.listen.minimum-upload-rate DataSize = null",
            "goaround.listen.proxy-protocol List<Cidr> = null",
            "goaround.listen.request-line-limit DataSize = 16KB",
            "goaround.listen.requests-per-connection Integer = null",
            "goaround.listen.reset-limit Integer = 1000",
            "goaround.management.allowed-hosts List<String> = null",
            "goaround.management.state-file Path = null",
            "goaround.management.token String = null",
            "goaround.management.token-file Path = null",
            "goaround.membership.file Path = null",
            "goaround.request-timeout Duration = null",
            "goaround.retry.attempts-header Boolean = false",
            "goaround.retry.backoff Duration = 25ms",
            "goaround.retry.budget Integer = 20",
            "goaround.retry.budget-floor Integer = 3",
            "goaround.retry.buffer-memory DataSize = 64MB",
            "goaround.retry.buffer-size DataSize = 64KB",
            "goaround.retry.hedge Boolean = false",
            "goaround.retry.honor-retry-after Boolean = true",
            "goaround.retry.non-idempotent Boolean = false",
            "goaround.retry.rounds Integer = 2",
            "goaround.retry.statuses List<String> = [502, 503, 504]",
            "goaround.shutdown.announce Duration = 5s",
            "goaround.shutdown.timeout Duration = 25s",
            "goaround.tls.certificate Path = null",
            "goaround.tls.certificates List<CertificateFiles> = null",
            "goaround.tls.client-auth TlsSettings$ClientAuth = none",
            "goaround.tls.client-ca Path = null",
            "goaround.tls.ocsp-response Path = null",
            "goaround.tls.plain-paths List<String> = /.well-known/acme-challenge/",
            "goaround.tls.private-key Path = null",
            "goaround.tls.public-port Integer = null",
            "goaround.tls.redirect-port Integer = null",
            "goaround.tracing.endpoint URI = null",
            "goaround.tracing.ratio Double = 0.1",
            "goaround.tracing.service-name String = goaround",
            "goaround.upstream.body-timeout Duration = 60s",
            "goaround.upstream.ca Path = null",
            "goaround.upstream.client-certificate Path = null",
            "goaround.upstream.client-key Path = null",
            "goaround.upstream.connect-timeout Duration = 2s",
            "goaround.upstream.drain-timeout Duration = 60s",
            "goaround.upstream.event-stream-timeout Duration = null",
            "goaround.upstream.handshake-timeout Duration = 5s",
            "goaround.upstream.header-limit DataSize = 64KB",
            "goaround.upstream.lenient Boolean = false",
            "goaround.upstream.max-connections MaxConnections = 1024",
            "goaround.upstream.protocol Protocol = auto",
            "goaround.upstream.proxy-protocol ProxyProtocol = null",
            "goaround.upstream.response-timeout Duration = 30s",
            "goaround.upstream.server-name String = null",
            "goaround.upstream.tls-version String = 1.2",
            "goaround.upstream.tunnel-idle-timeout Duration = null",
            "goaround.upstream.tunnel-lifetime Duration = null",
            "goaround.upstream.verify Boolean = true",
            "goaround.window.connection DataSize = 16MB",
            "goaround.window.memory DataSize = null",
            "goaround.window.stream DataSize = 4MB");

    @Test
    void everyKeyHasItsTypeAndDefault() throws IOException {
        TreeSet<String> keys = new TreeSet<>();
        for (Map<String, Object> property : metadata("properties")) {
            if (!String.valueOf(property.get("name")).startsWith("goaround.")) {
                continue; // what Spring Boot adds for our endpoint
            }
            String type = String.valueOf(property.get("type")).replaceAll("[a-z]+\\.", "");
            keys.add(property.get("name") + " " + type + " = " + property.get("defaultValue"));
        }
        assertThat(keys).containsExactlyElementsOf(KEYS);
    }

    @Test
    void everyKeyHasASentence() throws IOException {
        assertThat(metadata("properties"))
                .allSatisfy(property ->
                        assertThat(String.valueOf(property.get("description"))).matches("[A-Z].*\\."));
    }

    @Test
    void choicesAreOffered() throws IOException {
        assertThat(metadata("hints"))
                .extracting(hint -> hint.get("name"))
                .contains(
                        "goaround.access-log.format",
                        "goaround.balance.hash-key",
                        "goaround.balance.policy",
                        "goaround.health.type",
                        "goaround.tls.client-auth",
                        "goaround.upstream.protocol",
                        "goaround.upstream.proxy-protocol");
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> metadata(String part) throws IOException {
        String resource = "/META-INF/spring-configuration-metadata.json";
        try (InputStream in = Objects.requireNonNull(GoAroundProperties.class.getResourceAsStream(resource))) {
            String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return (List<Map<String, Object>>) Objects.requireNonNull(
                    JsonParserFactory.getJsonParser().parseMap(json).get(part));
        }
    }
}
