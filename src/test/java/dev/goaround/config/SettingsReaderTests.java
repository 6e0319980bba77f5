package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.goaround.pool.BackendSpec;
import dev.goaround.settings.Cidr;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.boot.origin.SystemEnvironmentOrigin;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class SettingsReaderTests {

    private final Map<String, Object> properties = new LinkedHashMap<>();
    private final Map<String, Object> variables = new LinkedHashMap<>();

    @Test
    void everythingHasADefault() {
        GoAroundProperties settings = read();
        assertThat(settings.backends()).isEmpty();
        assertThat(settings.balance().policy()).isEqualTo("least-requests");
        assertThat(settings.upstream().maxConnections().most()).isEqualTo(1024);
        assertThat(settings.requestTimeout()).isNull();
        assertThat(settings.demo()).isFalse();
    }

    @Test
    void someTimeLimitsMayBeNone() {
        properties.put("goaround.upstream.response-timeout", "none");
        properties.put("goaround.upstream.body-timeout", " None");
        properties.put("goaround.listen.body-timeout", "0");
        GoAroundProperties settings = read();
        assertThat(settings.upstream().responseTimeout()).isZero();
        assertThat(settings.upstream().bodyTimeout()).isZero();
        assertThat(settings.listen().bodyTimeout()).isZero();
        new ApplicationContextRunner()
                .withUserConfiguration(SettingsConfiguration.class)
                .withPropertyValues(
                        "goaround.upstream.response-timeout=none",
                        "goaround.listen.body-timeout=none",
                        "goaround.upstream.body-timeout=PT70S")
                .run(context -> assertThat(context.getBean(GoAroundProperties.class))
                        .satisfies(bound -> {
                            assertThat(bound.upstream().responseTimeout()).isZero();
                            assertThat(bound.listen().bodyTimeout()).isZero();
                            assertThat(bound.upstream().bodyTimeout()).isEqualTo(Duration.ofSeconds(70));
                        }));
    }

    @Test
    void aBackendIsAUrlOrAnObject() {
        properties.put("goaround.backends[0]", "http://A:9000");
        properties.put("goaround.backends[1].url", "https://b/base");
        properties.put("goaround.backends[1].weight", "3");
        properties.put("goaround.backends[1].max-connections", "50");
        properties.put("goaround.backends[1].backup", "true");
        properties.put("goaround.upstream.max-connections", "7");
        assertThat(read().backendSpecs())
                .containsExactly(
                        new BackendSpec(URI.create("http://a:9000"), 1, 7, false),
                        new BackendSpec(URI.create("https://b/base"), 3, 50, true));
    }

    @Test
    void nameServersAreAddresses() {
        properties.put("goaround.dns.servers", "10.0.0.2, 10.0.0.3:5353, [fd00::53]:54, fd00::54, [fd00::55]");
        assertThat(read().dns().addresses())
                .extracting(InetSocketAddress::getPort)
                .containsExactly(53, 5353, 54, 53, 53);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://a:1,http://b:2", "http://a:1, http://b:2", " http://a:1 ,http://b:2 "})
    void aVariableHoldsSeveralBackends(String value) {
        variables.put("GOAROUND_BACKENDS", value);
        assertThat(read().backendSpecs())
                .extracting(BackendSpec::uri)
                .containsExactly(URI.create("http://a:1"), URI.create("http://b:2"));
    }

    @Test
    void aVariableMayReplaceADashByAnUnderscoreOrByNothing() {
        variables.put("GOAROUND_UPSTREAM_MAX_CONNECTIONS", "7");
        variables.put("GOAROUND_HEALTH_DEGRADEDINTERVAL", "3s");
        variables.put("GOAROUND_BACKENDS_0_URL", "http://a:1");
        variables.put("GOAROUND_BACKENDS_0_MAX_CONNECTIONS", "9");
        variables.put("GOAROUND_FORWARDING_TRUSTEDPROXIES_0", "10.0.0.0/8");
        variables.put("GOAROUND_REQUEST_TIMEOUT", "3s");
        GoAroundProperties settings = read();
        assertThat(settings.upstream().maxConnections().most()).isEqualTo(7);
        assertThat(settings.health().degradedInterval()).hasSeconds(3);
        assertThat(settings.backendSpecs()).containsExactly(new BackendSpec(URI.create("http://a:1"), 1, 9, false));
        assertThat(settings.forwarding().trustedProxies()).containsExactly(Cidr.parse("10.0.0.0/8"));
        assertThat(settings.requestTimeout()).hasSeconds(3);
    }

    @Test
    void variablesThatAPlatformMakesUpAreNoMistakes() {
        // What Kubernetes sets in every pod beside Services called goaround and goaround-management.
        variables.put("GOAROUND_SERVICE_HOST", "10.0.0.1");
        variables.put("GOAROUND_SERVICE_PORT_HTTP", "80");
        variables.put("GOAROUND_PORT", "tcp://10.0.0.1:80");
        variables.put("GOAROUND_PORT_80_TCP_ADDR", "10.0.0.1");
        variables.put("GOAROUND_MANAGEMENT_SERVICE_HOST", "10.0.0.2");
        variables.put("GOAROUND_MANAGEMENT_PORT_3001_TCP", "tcp://10.0.0.2:3001");
        assertThat(read().demo()).isFalse();
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "goaround.health.fall                  | 0         | expected 1 to 1000",
                "goaround.health.fall                  | two       | expected a whole number",
                "goaround.health.interval              | soon      | expected a duration such as 500ms, 2s or 1m",
                "goaround.health.interval              | 0s        | expected 1ms to 365d",
                "goaround.health.interval              | 106752d   | expected 1ms to 365d",
                "goaround.upstream.response-timeout    | -106752d  | expected 0s to 365d",
                "goaround.upstream.connect-timeout     | none      | expected 1ms to 365d",
                "goaround.retry.backoff                | 400000000d | expected 1ms to 365d",
                "goaround.request-timeout              | 400000000d | expected 1ms to 365d",
                "goaround.balance.slow-start           | 400000000d | expected 0s to 365d",
                "goaround.balance.slow-start           | -1s       | expected 0s to 365d",
                "goaround.health.interval              | 9223372036854775807d | expected 1ms to 365d",
                "goaround.health.interval              | -99999999999999999999D | expected 1ms to 365d",
                "goaround.health.fall                  | 99999999999 | expected 1 to 1000",
                "goaround.upstream.max-connections     | 99999999999 | expected 1 to 1000000 or adaptive",
                "goaround.retry.statuses[0]            | abc       | expected statuses from 400 to 599 such as 429 or 500-504",
                "goaround.retry.statuses[0]            | 504-500   | expected statuses from 400 to 599 such as 429 or 500-504",
                "goaround.retry.statuses[0]            | 200       | expected statuses from 400 to 599 such as 429 or 500-504",
                "goaround.retry.buffer-size            | 99999999999GB | expected 0B to 16MB",
                "goaround.retry.buffer-size            | -99999999999TB | expected 0B to 16MB",
                "goaround.backends[0].weight           | 99999999999 | expected 1 to 1000",
                "goaround.listen.max-connections       | 99999999999 | too large",
                "goaround.listen.body-limit            | 99999999999GB | too large",
                "goaround.health.timeout               | 1500ms    | expected at most the shorter interval (1s)",
                "goaround.balance.policy               | fastest   | expected consistent-hash, least-requests, least-time, peak-ewma, random, round-robin or two-choices",
                "goaround.balance.hash-bound           | 1         | expected 1.01 to 1000",
                "goaround.balance.hash-bound           | some      | expected a number",
                "goaround.balance.hash-key             | header:   | expected client-address, header:<name>, cookie:<name>, path or path-query",
                "goaround.balance.hash-key             | url       | expected client-address, header:<name>, cookie:<name>, path or path-query",
                "goaround.balance.sticky.cookie        | a b       | expected a cookie's name",
                "goaround.balance.sticky.lifetime      | 10ms      | expected at least 1s",
                "goaround.balance.sticky.domain        | a b       | expected a host name",
                "goaround.balance.sticky.path          | app       | expected a path that begins with a slash",
                "goaround.balance.sticky.path          | /a;b      | expected a path that begins with a slash",
                "goaround.balance.sticky.same-site     | some      | expected lax, strict or none",
                "goaround.upstream.max-connections     | 0         | expected 1 to 1000000 or adaptive",
                "goaround.membership.file              | /nope     | no such file",
                "goaround.membership.file              | /         | is a directory, expected a file of backends",
                "goaround.dns.servers[0]               | ns.local  | expected an address such as 10.0.0.2, 10.0.0.2:5353 or [fd00::53]:53",
                "goaround.dns.servers[0]               | 10.0.0.0/8 | expected an address such as 10.0.0.2, 10.0.0.2:5353 or [fd00::53]:53",
                "goaround.dns.servers[0]               | 10.0.0.2:0 | expected an address such as 10.0.0.2, 10.0.0.2:5353 or [fd00::53]:53",
                "goaround.dns.max-backends             | 0         | expected 1 to 10000",
                "goaround.dns.min-ttl                  | 500ms     | expected at least 1s",
                "goaround.dns.max-ttl                  | 4s        | expected at least goaround.dns.min-ttl",
                "goaround.tls.redirect-port            | 3000      | needs a goaround.tls.certificate",
                "goaround.tls.public-port              | 443       | needs a goaround.tls.certificate",
                "goaround.tls.plain-paths[0]           | acme      | expected a path such as /.well-known/acme-challenge/",
                "goaround.tls.plain-paths[0]           | /a?b      | expected a path such as /.well-known/acme-challenge/",
                "goaround.forwarding.via               | maybe     | expected true or false",
                "goaround.upstream.protocol            | spdy      | expected auto, http1, h2 or h2c",
                "goaround.upstream.proxy-protocol      | v3        | expected v1 or v2",
                "goaround.upstream.verify              | maybe     | expected true or false",
                "goaround.upstream.ca                  | /nope.pem | no such file",
                "goaround.listen.header-limit          | 16XB      | expected a size such as 16KB or 1MB",
                "goaround.listen.header-limit          | 100B      | expected 256B to 1MB",
                "goaround.listen.body-limit            | -1B       | expected >= 0B",
                "goaround.listen.http3                 | true      | needs a certificate and its private key (-cacert"
                        + " and -privkey)",
                "goaround.listen.header-count-limit    | 0         | expected 1 to 10000",
                "goaround.shutdown.announce            | -1s       | expected 0s to 24h",
                "goaround.request-timeout              | 0         | expected 1ms to 365d",
                "goaround.health                       | 3         | expected settings below it, not a value",
                "goaround.forwarding.trusted-proxies[0] | foo      | expected an IP address or a CIDR block such as"
                        + " 10.0.0.0/8",
                "goaround.forwarding.trusted-fields[0] | a b      | expected a field name such as X-Tenant, or the beginning"
                        + " of names such as X-Tenant-*",
                "goaround.forwarding.trusted-fields[0] | *        | expected a field name such as X-Tenant, or the beginning"
                        + " of names such as X-Tenant-*",
                "goaround.forwarding.trusted-fields[0] | Ho*      | expected none that requests need, such as Host",
                "goaround.forwarding.trusted-fields[0] | content_length | expected none that requests need, such as"
                        + " Content-Length",
                "server.port                           | 65536     | expected a port from 0 to 65535",
                "server.port                           | abc       | expected a port from 0 to 65535",
                "management.server.port                | -2        | expected a port from 0 to 65535",
            })
    void refusesAValueInOneSentence(String key, String value, String expected) {
        properties.put(key, value);
        if (key.startsWith("goaround.backends[0].")) {
            properties.put("goaround.backends[0].url", "http://a");
        }
        assertThat(mistakes()).containsExactly(key + " " + value + ": " + expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {99_999_999_999L, -99_999_999_999L})
    void refusesANumberOfYamlThatIsTooLarge(long number) {
        properties.put("goaround.upstream.max-connections", number);
        properties.put("goaround.health.fall", number);
        properties.put("goaround.retry.rounds", BigInteger.valueOf(number).pow(3));
        assertThat(mistakes())
                .containsExactlyInAnyOrder(
                        "goaround.upstream.max-connections " + number + ": expected 1 to 1000000 or adaptive",
                        "goaround.health.fall " + number + ": expected 1 to 1000",
                        "goaround.retry.rounds " + BigInteger.valueOf(number).pow(3) + ": expected 1 to 10");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "goaround.health.fal          | , did you mean goaround.health.fall?",
                "goaround.helth.fall          | , did you mean goaround.health.fall?",
                "goaround.backends[1].wieght  | , did you mean goaround.backends[1].weight?",
                "goaround.backends[0].url.x   | , did you mean goaround.backends[0].url?",
                "goaround.upstream.something  | ''",
                "goaround.health.fall.down    | ''",
            })
    void anUnknownKeyNamesTheNearest(String key, String nearest) {
        properties.put(key, "1");
        assertThat(mistakes()).contains(key + ": unknown setting" + nearest);
    }

    @Test
    void anUnknownVariableNamesTheNearest() {
        variables.put("GOAROUND_HEALTH_FAL", "1");
        assertThat(mistakes())
                .containsExactly("GOAROUND_HEALTH_FAL: unknown setting, did you mean GOAROUND_HEALTH_FALL?");
    }

    @Test
    void aMistakeInAVariableNamesTheVariable() {
        variables.put("GOAROUND_HEALTH_FALL", "0");
        variables.put("GOAROUND_BACKENDS", "http://a:1,b:2");
        assertThat(mistakes())
                .containsExactlyInAnyOrder(
                        "goaround.health.fall 0: expected 1 to 1000 (GOAROUND_HEALTH_FALL)",
                        "goaround.backends[1] b:2: not a backend URL, did you mean http://b:2? (GOAROUND_BACKENDS)");
    }

    @Test
    void eachWrongBlockOfAListHasItsSentence() {
        properties.put("goaround.forwarding.trusted-proxies", "10.0.0.0/8, foo, 10.1.1.1/8");
        assertThat(mistakes())
                .containsExactly(
                        "goaround.forwarding.trusted-proxies[1] foo: not an IP address or CIDR block",
                        "goaround.forwarding.trusted-proxies[2] 10.1.1.1/8: has bits behind its prefix, did you mean"
                                + " 10.0.0.0/8?");
    }

    @Test
    void eachWrongStatusOfAListHasItsSentence() {
        properties.put("goaround.retry.statuses", "429, 500-504, abc,, 600");
        assertThat(mistakes())
                .containsExactly(
                        "goaround.retry.statuses[2] abc: expected statuses from 400 to 599 such as 429 or 500-504",
                        "goaround.retry.statuses[3]: expected statuses from 400 to 599 such as 429 or 500-504",
                        "goaround.retry.statuses[4] 600: expected statuses from 400 to 599 such as 429 or 500-504");
    }

    @Test
    void everyMistakeOfEveryGroupIsTold() {
        properties.put("goaround.backends[0].url", "http://user:secret@a");
        properties.put("goaround.backends[1].weight", "0");
        properties.put("goaround.backends[2].url", "http://b");
        properties.put("goaround.backends[3]", "http://B:80/");
        properties.put("goaround.balance.policy", "best");
        properties.put("goaround.health.timeout", "never");
        properties.put("goaround.health.fall", "-1");
        properties.put("server.port", "x");
        assertThat(mistakes())
                .containsExactlyInAnyOrder(
                        "goaround.backends[0] http://******@a: a backend URL must not carry a user or password",
                        "goaround.backends[1].weight 0: expected 1 to 1000",
                        "goaround.backends[1]: a backend needs a URL, expected http://host:port",
                        "goaround.backends[3] http://B:80/: duplicate backend, the same as http://b",
                        "goaround.balance.policy best: expected consistent-hash, least-requests, least-time, peak-ewma, random, round-robin or two-choices",
                        "goaround.health.timeout never: expected a duration such as 500ms, 2s or 1m",
                        "goaround.health.fall -1: expected 1 to 1000",
                        "server.port x: expected a port from 0 to 65535");
    }

    @Test
    void aGapInAListIsAMistake() {
        properties.put("goaround.backends[0]", "http://a:1");
        properties.put("goaround.backends[2]", "http://b:1");
        assertThat(mistakes())
                .containsExactly(
                        "goaround.backends[2] http://b:1: expected list elements numbered from 0 without a gap");
    }

    @Test
    void aGroupWithNothingInItIsFine() {
        properties.put("goaround.health", "");
        properties.put("goaround.backends", "");
        properties.put("goaround.retry.statuses", "");
        assertThat(read().backends()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "goaround.retry.backoff     | expected a duration such as 500ms, 2s or 1m",
                "goaround.retry.buffer-size | expected a size such as 16KB or 1MB",
                "goaround.health.type       | expected http or grpc",
                "goaround.health.fall       | expected a whole number",
                "goaround.retry.hedge       | expected true or false",
                "goaround.balance.hash-key  | expected client-address, header:<name>, cookie:<name>, path or path-query",
            })
    void anEmptyValueIsNoDefault(String key, String mistake) {
        properties.put(key, "");
        assertThat(mistakes()).containsExactly(key + ": " + mistake);
    }

    @Test
    void aCookieThatBrowsersWouldRefuseIsAMistake() {
        properties.put("goaround.balance.sticky.same-site", "none");
        properties.put("goaround.balance.sticky.secure", "never");
        assertThat(mistakes())
                .containsExactly("goaround.balance.sticky.secure never: browsers refuse such a cookie with same-site"
                        + " none, partitioned or the name's prefix");
        properties.put("goaround.balance.sticky.secure", "auto");
        properties.put("goaround.balance.sticky.cookie", "__Host-stuck");
        properties.put("goaround.balance.sticky.domain", "shop.example");
        assertThat(mistakes())
                .containsExactly(
                        "goaround.balance.sticky.domain shop.example: not together with a cookie named __Host-");
    }

    @Test
    void anEmptyValueMeansUnsetWhereThereIsNoDefault() {
        for (String key : List.of(
                "request-timeout",
                "balance.slow-start",
                "balance.sticky.lifetime",
                "listen.body-limit",
                "listen.max-connections",
                "upstream.tunnel-lifetime",
                "upstream.proxy-protocol")) {
            properties.put("goaround." + key, "");
        }
        GoAroundProperties settings = read();
        assertThat(settings.requestTimeout()).isNull();
        assertThat(settings.listen().maxConnections()).isNull();
    }

    @Test
    void anAddressForASharedManagementPortIsAMistake() {
        properties.put("server.port", "3000");
        properties.put("management.server.port", "3000");
        properties.put("management.server.address", "127.0.0.1");
        assertThat(mistakes())
                .containsExactly("management.server.address 127.0.0.1: needs a management port other than the traffic"
                        + " port");
    }

    @Test
    void whatNobodyThoughtOfIsASentenceAsWell() {
        properties.put("goaround.management.allowed-hosts", Arrays.asList("a", null));
        assertThat(mistakes()).containsExactly("goaround.management: cannot be used, NullPointerException");
        properties.clear();
        properties.put("server.port", "${server.port}");
        assertThat(mistakes())
                .singleElement()
                .asString()
                .startsWith("the settings cannot be read: Circular placeholder");
    }

    private GoAroundProperties read() {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().remove(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
        environment
                .getPropertySources()
                .replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new Variables(variables));
        environment.getPropertySources().addLast(new MapPropertySource("test", properties));
        return SettingsReader.read(environment);
    }

    /** Environment variables as Spring Boot wraps them. */
    private static final class Variables extends SystemEnvironmentPropertySource implements OriginLookup<String> {

        Variables(Map<String, Object> variables) {
            super(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables);
        }

        @Override
        public @Nullable Origin getOrigin(String key) {
            return containsProperty(key) ? new SystemEnvironmentOrigin(key) : null;
        }
    }

    private List<String> mistakes() {
        return catchThrowableOfType(InvalidConfigurationException.class, this::read)
                .sentences();
    }
}
