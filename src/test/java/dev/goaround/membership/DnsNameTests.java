package dev.goaround.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.goaround.membership.NameServer.Place;
import dev.goaround.membership.NameServer.Question;
import dev.goaround.membership.NameServer.RecordType;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Protocol;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DnsNameTests {

    private final Map<Question, List<Place>> known = new HashMap<>();

    private List<Place> answers(Question question) {
        return known.getOrDefault(question, List.of());
    }

    @Test
    void aNameIsEachOfItsAddresses() {
        known.put(new Question("app.internal", RecordType.A), List.of(Place.of("10.0.0.2"), Place.of("10.0.0.1")));
        known.put(new Question("app.internal", RecordType.AAAA), List.of(Place.of("fd00::1")));
        DnsName name = name("dns://app.internal.:8080/base", 3, false);

        assertThat(name.questions(this::answers))
                .containsExactly(
                        new Question("app.internal", RecordType.A), new Question("app.internal", RecordType.AAAA));
        assertThat(name.backends(this::answers))
                .containsExactly(
                        spec("http://10.0.0.1:8080/base", 3, false, "app.internal"),
                        spec("http://10.0.0.2:8080/base", 3, false, "app.internal"),
                        spec("http://[fd00::1]:8080/base", 3, false, "app.internal"));
        assertThat(name.backends(this::answers))
                .extracting(BackendSpec::authority, BackendSpec::serverName)
                .containsOnly(tuple("app.internal:8080", "app.internal"));
    }

    @ParameterizedTest
    @CsvSource({
        "dns://app,            http://10.0.0.1:80,   app",
        "dns+https://app,      https://10.0.0.1:443, app",
        "dns+https://app:8443, https://10.0.0.1:8443, app:8443",
        "dns://app:443,        http://10.0.0.1:443,  app:443",
    })
    void thePortIsItsSchemesUnlessItHasOne(String url, String uri, String authority) {
        known.put(new Question("app", RecordType.A), List.of(Place.of("10.0.0.1")));
        assertThat(name(url, 1, false).backends(this::answers))
                .extracting(spec -> spec.uri().toString(), BackendSpec::authority)
                .containsExactly(tuple(uri, authority));
    }

    @Test
    void aServiceIsEachAddressOfItsHosts() {
        Question service = new Question("_http._tcp.app.internal", RecordType.SRV);
        DnsName name = name("srv://_http._tcp.app.internal", 2, false);
        assertThat(name.questions(this::answers)).containsExactly(service);

        known.put(
                service,
                List.of(
                        new Place("c", 8083, 20, 7),
                        new Place("b", 8082, 10, 0),
                        new Place("a", 8081, 10, 3),
                        new Place("heavy", 8084, 10, 400)));
        known.put(new Question("a", RecordType.A), List.of(Place.of("10.0.0.2"), Place.of("10.0.0.1")));
        known.put(new Question("b", RecordType.AAAA), List.of(Place.of("fd00::1")));
        known.put(new Question("c", RecordType.A), List.of(Place.of("10.0.0.3")));
        known.put(new Question("heavy", RecordType.A), List.of(Place.of("10.0.0.4")));

        assertThat(name.questions(this::answers)).hasSize(9).contains(service, new Question("heavy", RecordType.AAAA));
        assertThat(name.backends(this::answers))
                .containsExactly(
                        spec("http://10.0.0.1:8081", 6, false, "app.internal"),
                        spec("http://10.0.0.2:8081", 6, false, "app.internal"),
                        spec("http://[fd00::1]:8082", 2, false, "app.internal"),
                        spec("http://10.0.0.4:8084", 800, false, "app.internal"),
                        spec("http://10.0.0.3:8083", 14, true, 1, "app.internal"));
    }

    @Test
    void weightsThatAreTooGreatKeepTheirProportions() {
        known.put(
                new Question("_http._tcp.app", RecordType.SRV),
                List.of(new Place("a", 80, 0, 60_000), new Place("b", 80, 0, 15_000), new Place("c", 80, 0, 1)));
        known.put(new Question("a", RecordType.A), List.of(Place.of("10.0.0.1")));
        known.put(new Question("b", RecordType.A), List.of(Place.of("10.0.0.2")));
        known.put(new Question("c", RecordType.A), List.of(Place.of("10.0.0.3")));
        assertThat(name("srv://_http._tcp.app", 1000, false).backends(this::answers))
                .extracting(BackendSpec::weight)
                .containsExactly(1000, 250, 1);
    }

    @Test
    void ofSeveralPrioritiesTheNextComesFirstAmongBackups() {
        known.put(
                new Question("_http._tcp.app", RecordType.SRV),
                List.of(
                        new Place("d", 80, 7, 0),
                        new Place("a", 80, 1, 0),
                        new Place("b", 80, 3, 0),
                        new Place("c", 80, 3, 0)));
        known.put(new Question("a", RecordType.A), List.of(Place.of("10.0.0.1")));
        known.put(new Question("b", RecordType.A), List.of(Place.of("10.0.0.2")));
        known.put(new Question("c", RecordType.A), List.of(Place.of("10.0.0.3")));
        known.put(new Question("d", RecordType.A), List.of(Place.of("10.0.0.4")));
        assertThat(name("srv://_http._tcp.app", 1, false).backends(this::answers))
                .extracting(BackendSpec::host, BackendSpec::backup, BackendSpec::priority)
                .containsExactly(
                        tuple("10.0.0.1", false, 0),
                        tuple("10.0.0.2", true, 1),
                        tuple("10.0.0.3", true, 1),
                        tuple("10.0.0.4", true, 2));
    }

    @Test
    void aServiceThatIsNotOfferedHasNoBackends() {
        Question service = new Question("_http._tcp.app", RecordType.SRV);
        known.put(service, List.of(new Place("", 0, 0, 0)));
        DnsName name = name("srv://_http._tcp.app", 1, false);
        assertThat(name.questions(this::answers)).containsExactly(service);
        assertThat(name.backends(this::answers)).isEmpty();
    }

    @Test
    void backendsOfABackupAreBackups() {
        known.put(new Question("_http._tcp.app", RecordType.SRV), List.of(new Place("a", 80, 0, 0)));
        known.put(new Question("a", RecordType.A), List.of(Place.of("10.0.0.1")));
        assertThat(name("srv+https://_http._tcp.app", 1, true).backends(this::answers))
                .containsExactly(spec("https://10.0.0.1:80", 1, true, "app"));
    }

    @Test
    void oneAddressOfTwoHostsIsOneBackend() {
        known.put(
                new Question("web.service", RecordType.SRV),
                List.of(new Place("b", 80, 1, 5), new Place("a", 80, 1, 2)));
        known.put(new Question("a", RecordType.A), List.of(Place.of("10.0.0.1")));
        known.put(new Question("b", RecordType.A), List.of(Place.of("10.0.0.1")));
        assertThat(name("srv://web.service", 1, false).backends(this::answers))
                .containsExactly(spec("http://10.0.0.1:80", 2, false, "web.service"));
    }

    private static DnsName name(String url, int weight, boolean backup) {
        return new DnsName(new BackendSpec(URI.create(url), weight, 9, backup));
    }

    private static BackendSpec spec(String uri, int weight, boolean backup, String name) {
        return spec(uri, weight, backup, 0, name);
    }

    private static BackendSpec spec(String uri, int weight, boolean backup, int priority, String name) {
        return new BackendSpec(
                URI.create(uri), weight, MaxConnections.valueOf(9), backup, Protocol.AUTO, priority, null, name);
    }
}
