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
import dev.goaround.testing.DnsServer.Edns;
import dev.goaround.testing.DnsServer.Entry;
import dev.goaround.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.netty.resources.LoopResources;

class DnsClientHttpTests {

    private static final ResolverFiles NOTHING = new ResolverFiles(Path.of("absent"), Path.of("absent"));

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
        try (DnsClient client = client(timeout, servers)) {
            return ask(client, type, name);
        }
    }

    private static Answer ask(DnsClient client, RecordType type, String name) {
        return Objects.requireNonNull(client.ask(new Question(name, type)).block(Patience.AMPLE));
    }

    private DnsClient client(Duration timeout, DnsServer... servers) {
        return new DnsClient(settings(timeout, servers), NOTHING, loops);
    }

    private static DnsSettings settings(Duration timeout, DnsServer... servers) {
        List<String> addresses =
                List.of(servers).stream().map(DnsServer::address).toList();
        return new DnsSettings(addresses, timeout, Duration.ofSeconds(5), Duration.ofSeconds(60), 1000);
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

    @ParameterizedTest
    @EnumSource(
            value = Edns.class,
            names = {"FORMERR", "NOTIMP", "BADVERS"})
    void asksAgainWithoutEdnsWhereThatIsRefused(Edns edns) {
        server.edns(edns);
        server.answer("app.test", A, address("app.test", 30, "10.0.0.1"));

        assertThat(ask(RecordType.A, "app.test").places()).containsExactly(Place.of("10.0.0.1"));
        assertThat(server.asked()).containsExactly("udp 1 app.test edns", "udp 1 app.test");
    }

    @Test
    void asksAgainWithoutEdnsWhatDropsIt() {
        server.edns(Edns.DROPPED);
        server.answer("app.test", A, address("app.test", 30, "10.0.0.1"));

        assertThat(ask(RecordType.A, "app.test", Duration.ofSeconds(4), server).places())
                .containsExactly(Place.of("10.0.0.1"));
        assertThat(server.asked()).containsExactly("udp 1 app.test edns", "udp 1 app.test");
    }

    @Test
    void remembersWhoRefusesEdns() {
        server.edns(Edns.FORMERR);
        server.answer("app.test", A, address("app.test", 30, "10.0.0.1"));
        try (DnsClient client = client(Patience.NEVER, server)) {
            ask(client, RecordType.A, "app.test");
            ask(client, RecordType.A, "app.test");
        }

        assertThat(server.asked()).containsExactly("udp 1 app.test edns", "udp 1 app.test", "udp 1 app.test");
    }

    @Test
    void oneThatRefusesWhateverItIsAskedIsNoLongerAsked() {
        server.edns(Edns.NOTIMP);
        server.code("app.test", 4);

        assertThat(ask(RecordType.A, "app.test").detail()).startsWith("NOTIMP from ");
        assertThat(server.asked()).containsExactly("udp 1 app.test edns", "udp 1 app.test");
    }

    @Test
    void recordsOfTheWrongLengthSpoilNoOthersAndAreNoAnswer() {
        Entry four = new Entry("app.test", AAAA, 30, List.of((byte) 10, (byte) 0, (byte) 0, (byte) 1));
        server.answer("app.test", AAAA, four, address("app.test", 30, "fd00::1"));
        server.answer("old.test", AAAA, new Entry("old.test", AAAA, 30, four.content()));
        server.answer("long.test", A, new Entry("long.test", A, 30, Collections.nCopies(16, (byte) 1)));
        server.answer("empty.test", AAAA, new Entry("empty.test", AAAA, 30, List.of()));

        assertThat(ask(RecordType.AAAA, "app.test").places()).containsExactly(Place.of("fd00::1"));
        assertThat(ask(RecordType.AAAA, "old.test").detail()).startsWith("an answer that makes no sense");
        assertThat(ask(RecordType.A, "long.test").result()).isEqualTo(Result.FAILED);
        assertThat(ask(RecordType.AAAA, "empty.test").result()).isEqualTo(Result.FAILED);
    }

    @Test
    void aNameThatPointsNowhereSpoilsNoOthers() {
        Entry loop = new Entry(
                "_http._tcp.app.test",
                SRV,
                30,
                List.of((byte) 0, (byte) 1, (byte) 0, (byte) 1, (byte) 0, (byte) 80, (byte) 0xff, (byte) 0xff));
        server.answer("_http._tcp.app.test", SRV, loop, service("_http._tcp.app.test", 30, 10, 5, 8080, "a.test"));

        assertThat(ask(RecordType.SRV, "_http._tcp.app.test").places())
                .containsExactly(new Place("a.test", 8080, 10, 5));
    }

    @Test
    void whereTheSystemNamesNobodyNobodyIsAsked() {
        Answer answer = ask(RecordType.A, "app.test", Patience.NEVER);

        assertThat(answer.result()).isEqualTo(Result.FAILED);
        assertThat(answer.detail())
                .isEqualTo(
                        "there is no name server to ask: the system names none, and goaround.dns.servers is not set");
    }

    @Test
    void followsTheSystemsFile(@TempDir Path folder) throws IOException {
        server.answer("app.test", A, address("app.test", 30, "10.0.0.1"));
        second.answer("app.test", A, address("app.test", 30, "10.0.0.2"));
        Path resolvConf = Files.writeString(folder.resolve("resolv.conf"), nameServer(server));
        ResolverFiles files = new ResolverFiles(resolvConf, folder.resolve("hosts"));
        try (DnsClient client = new DnsClient(settings(Patience.NEVER), files, loops)) {
            assertThat(ask(client, RecordType.A, "app.test").places()).containsExactly(Place.of("10.0.0.1"));

            Files.writeString(resolvConf, nameServer(second));
            files.reload();

            assertThat(ask(client, RecordType.A, "app.test").places()).containsExactly(Place.of("10.0.0.2"));
        }
    }

    private static String nameServer(DnsServer server) {
        return "nameserver " + server.address().replace("127.0.0.1:", "[127.0.0.1]:") + "\n";
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
