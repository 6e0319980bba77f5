package dev.goaround.dns;

import static dev.goaround.testing.DnsServer.A;
import static dev.goaround.testing.DnsServer.AAAA;
import static dev.goaround.testing.DnsServer.SRV;
import static dev.goaround.testing.DnsServer.address;
import static dev.goaround.testing.DnsServer.alias;
import static dev.goaround.testing.DnsServer.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.membership.DnsSettings;
import dev.goaround.membership.NameServer.Answer;
import dev.goaround.membership.NameServer.Place;
import dev.goaround.membership.NameServer.Question;
import dev.goaround.membership.NameServer.RecordType;
import dev.goaround.membership.NameServer.Result;
import dev.goaround.testing.DnsServer;
import dev.goaround.testing.DnsServer.Entry;
import dev.goaround.testing.Patience;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.netty.resources.LoopResources;

class DnsClientHttpTests {

    private final LoopResources loops = LoopResources.create("dns-test", 1, true);
    private DnsServer server;
    private DnsServer second;

    @BeforeEach
    void start() throws IOException {
        server = DnsServer.start();
        second = DnsServer.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        second.close();
        loops.dispose();
    }

    private Answer ask(RecordType type, String name) {
        return ask(type, name, Patience.NEVER, server);
    }

    private Answer ask(RecordType type, String name, Duration timeout, DnsServer... servers) {
        List<String> addresses =
                List.of(servers).stream().map(DnsServer::address).toList();
        try (DnsClient client = new DnsClient(
                new DnsSettings(addresses, timeout, Duration.ofSeconds(5), Duration.ofSeconds(60), 1000), loops)) {
            return Objects.requireNonNull(client.ask(new Question(name, type)).block(Patience.AMPLE));
        }
    }

    @Test
    void givesAddressesAndTheShortestTtl() {
        server.answer("app.test", A, address("app.test", 30, "10.0.0.1"), address("APP.Test", 20, "10.0.0.2"));
        server.answer("app.test", AAAA, address("app.test", 40, "fd00::1"));

        assertThat(ask(RecordType.A, "app.test"))
                .isEqualTo(Answer.found(List.of(Place.of("10.0.0.1"), Place.of("10.0.0.2")), Duration.ofSeconds(20)));
        assertThat(ask(RecordType.AAAA, "app.test"))
                .isEqualTo(Answer.found(List.of(Place.of("fd00::1")), Duration.ofSeconds(40)));
    }

    @Test
    void givesServices() {
        server.answer(
                "_http._tcp.app.test",
                SRV,
                service("_http._tcp.app.test", 30, 10, 5, 8080, "A.test"),
                service("_http._tcp.app.test", 30, 20, 0, 8081, "."));

        assertThat(ask(RecordType.SRV, "_http._tcp.app.test"))
                .isEqualTo(Answer.found(
                        List.of(new Place("a.test", 8080, 10, 5), new Place("", 8081, 20, 0)), Duration.ofSeconds(30)));
    }

    @Test
    void followsAliasesWithinAnAnswerAndBeyond() {
        server.answer("app.test", A, alias("app.test", 7, "Blue.test"), alias("blue.test", 30, "elsewhere.test"));
        server.answer("elsewhere.test", A, address("elsewhere.test", 60, "10.0.0.1"));

        assertThat(ask(RecordType.A, "app.test"))
                .isEqualTo(Answer.found(List.of(Place.of("10.0.0.1")), Duration.ofSeconds(7)));
        assertThat(server.asked()).containsExactly("udp 1 app.test", "udp 1 elsewhere.test");
    }

    @Test
    void aTtlWithItsTopBitSetIsNone() {
        server.answer("app.test", A, address("app.test", 60, "10.0.0.1"), address("app.test", 0x80000001, "10.0.0.2"));
        server.answer("alias.test", A, alias("alias.test", -1, "app.test"), address("app.test", 60, "10.0.0.1"));

        assertThat(ask(RecordType.A, "app.test").ttl()).isZero();
        assertThat(ask(RecordType.A, "alias.test").ttl()).isZero();
        server.answer("app.test", A, address("app.test", Integer.MAX_VALUE, "10.0.0.1"));
        assertThat(ask(RecordType.A, "app.test").ttl()).isEqualTo(Duration.ofSeconds(Integer.MAX_VALUE));
    }

    @Test
    void aHostOfAServiceHasANameThatCanBeAskedFor() {
        server.answer(
                "_http._tcp.app.test",
                SRV,
                service("_http._tcp.app.test", 30, 10, 5, 8080, "a\nWARN forged.test"),
                service("_http._tcp.app.test", 30, 10, 5, 8080, "b.test"));

        assertThat(ask(RecordType.SRV, "_http._tcp.app.test").places())
                .containsExactly(new Place("b.test", 8080, 10, 5));
    }

    @Test
    void aCircleOfAliasesIsAFailure() {
        server.answer("app.test", A, alias("app.test", 7, "b.test"), alias("b.test", 30, "app.test"));
        server.answer("c.test", A, alias("c.test", 7, "d.test"));
        server.answer("d.test", A, alias("d.test", 7, "c.test"));

        assertThat(ask(RecordType.A, "app.test").detail()).startsWith("aliases without an end from 127.0.0.1:");
        assertThat(ask(RecordType.A, "c.test").result()).isEqualTo(Result.FAILED);
    }

    @Test
    void believesNobodyElsesRecords() {
        server.answer("app.test", A, address("other.test", 30, "10.0.0.1"));
        assertThat(ask(RecordType.A, "app.test").result()).isNotEqualTo(Result.FOUND);
    }

    @Test
    void asksAgainOverTcpForWhatDoesNotFit() {
        Entry[] many = IntStream.range(0, 600)
                .mapToObj(i -> address("app.test", 30, "10.1." + i / 250 + "." + i % 250))
                .toArray(Entry[]::new);
        server.answer("app.test", A, many);

        assertThat(ask(RecordType.A, "app.test").places()).hasSize(600).contains(Place.of("10.1.2.99"));
        assertThat(server.asked()).containsExactly("udp 1 app.test", "tcp 1 app.test");
    }

    @ParameterizedTest(name = "{0}: {1} {2}")
    @CsvSource({"3, ABSENT, NXDOMAIN", "0, ABSENT, no such record", "2, FAILED, SERVFAIL", "5, FAILED, REFUSED"})
    void tellsWhatIsNotThereFromWhatNobodyKnows(int code, Result result, String detail) {
        server.code("app.test", code);
        Answer answer = ask(RecordType.A, "app.test");
        assertThat(answer.result()).isEqualTo(result);
        assertThat(answer.detail()).startsWith(detail);
        assertThat(server.asked()).containsExactly("udp 1 app.test");
    }

    @Test
    void asksTheNextOneWhenOneFails() {
        server.code("app.test", 2);
        second.answer("app.test", A, address("app.test", 30, "10.0.0.1"));
        assertThat(ask(RecordType.A, "app.test", Patience.NEVER, server, second).places())
                .containsExactly(Place.of("10.0.0.1"));

        second.code("gone.test", 3);
        server.code("gone.test", 2);
        assertThat(ask(RecordType.A, "gone.test", Patience.NEVER, server, second)
                        .result())
                .isEqualTo(Result.ABSENT);
    }

    @Test
    void asksTheNextOneWhenOneIsSilent() {
        server.silent(true);
        second.answer("app.test", A, address("app.test", 30, "10.0.0.1"));
        assertThat(ask(RecordType.A, "app.test", Duration.ofSeconds(2), server, second)
                        .places())
                .containsExactly(Place.of("10.0.0.1"));
    }

    @Test
    void silenceOfAllIsAFailureAfterTheTimeout() {
        server.silent(true);
        Answer answer = ask(RecordType.A, "app.test", Duration.ofMillis(400), server);
        assertThat(answer.result()).isEqualTo(Result.FAILED);
        assertThat(answer.detail()).isEqualTo("no answer from " + server.address());
        // A packet may get lost.
        await().until(() -> server.asked().size() >= 2);
        assertThat(server.asked()).containsExactly("udp 1 app.test", "udp 1 app.test");
    }
}
