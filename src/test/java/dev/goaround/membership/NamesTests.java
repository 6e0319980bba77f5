package dev.goaround.membership;

import static dev.goaround.testing.Pools.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.goaround.balance.Balancers;
import dev.goaround.membership.NameServer.Answer;
import dev.goaround.membership.NameServer.Place;
import dev.goaround.membership.NameServer.Question;
import dev.goaround.membership.NameServer.RecordType;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.OperatorState;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Patience;
import dev.goaround.testing.Pools;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

@ExtendWith(OutputCaptureExtension.class)
class NamesTests {

    private static final String APP = "dns://app:80";
    private static final String SERVICE = "srv://_http._tcp.app";
    private static final Question A = new Question("app", RecordType.A);
    private static final Question AAAA = new Question("app", RecordType.AAAA);
    private static final Question SRV = new Question("_http._tcp.app", RecordType.SRV);
    private static final DnsSettings SETTINGS =
            new DnsSettings(List.of(), Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(60), 1000);

    private final ManualClock clock = new ManualClock();
    private final BackendPool pool =
            new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
    private final Map<Question, Mono<Answer>> answers = new HashMap<>();
    private final List<Question> asked = new ArrayList<>();
    private final Names names = new Names(this::answer, SETTINGS, clock, new Random(1));
    private final Membership membership = new Membership(pool, names, clock);

    private Mono<Answer> answer(Question question) {
        asked.add(question);
        return answers.getOrDefault(question, Mono.just(Answer.absent("no such record")));
    }

    private void addresses(String name, String... addresses) {
        answers.put(
                new Question(name, RecordType.A),
                Mono.just(Answer.found(Stream.of(addresses).map(Place::of).toList(), Duration.ofSeconds(10))));
    }

    private void services(Place... places) {
        answers.put(SRV, Mono.just(Answer.found(List.of(places), Duration.ofSeconds(10))));
    }

    private void later() {
        clock.advance(Duration.ofSeconds(11));
        names.round();
    }

    @Test
    void addressesAreBackendsWhoseSourceIsTheName() {
        addresses("app", "10.0.0.1", "10.0.0.2");
        membership.update("configuration", List.of(spec("http://10.0.0.2:80"), spec(APP, 3, 9)));
        assertThat(ids()).containsExactly("10.0.0.2-80");

        names.round();

        assertThat(pool.snapshot().members())
                .extracting(
                        member -> member.backend().id(),
                        member -> member.backend().spec().weight(),
                        member -> member.sources())
                .containsExactly(
                        tuple("10.0.0.2-80", 1, List.of("configuration", APP)), tuple("10.0.0.1-80", 3, List.of(APP)));
        assertThat(membership.statuses())
                .containsExactly(
                        new SourceStatus("configuration", clock.instant(), 2, null),
                        new SourceStatus(APP, clock.instant(), 2, null));
    }

    @Test
    void asksAgainWhenTheAnswerHoldsNoLonger() {
        addresses("app", "10.0.0.1", "10.0.0.2");
        membership.update("configuration", List.of(spec(APP)));
        names.round();
        Backend second = Pools.backends(pool).get(1);
        addresses("app", "10.0.0.3", "10.0.0.2");
        clock.advance(Duration.ofSeconds(9));
        names.round();
        assertThat(ids()).containsExactly("10.0.0.1-80", "10.0.0.2-80");

        clock.advance(Duration.ofSeconds(2));
        names.round();

        assertThat(ids()).containsExactly("10.0.0.2-80", "10.0.0.3-80");
        assertThat(Pools.backends(pool).get(0)).isSameAs(second);
        assertThat(asked).filteredOn(A::equals).hasSize(2);
    }

    @Test
    void keepsTheLastGoodAnswerOfANameServerThatFails(CapturedOutput output) {
        addresses("app", "10.0.0.1");
        membership.update("configuration", List.of(spec(APP)));
        names.round();
        answers.put(A, Mono.just(Answer.failed("SERVFAIL")));

        for (int i = 0; i < 20; i++) {
            later();
        }

        assertThat(ids()).containsExactly("10.0.0.1-80");
        assertThat(membership.statuses().get(1).mistake()).isEqualTo("A of app: SERVFAIL");
        assertThat(output).containsOnlyOnce(APP + ": A of app: SERVFAIL; what it stood for before stays");
        addresses("app", "10.0.0.2");
        later();
        assertThat(ids()).containsExactly("10.0.0.2-80");
        assertThat(membership.statuses().get(1).mistake()).isNull();
        assertThat(output).containsOnlyOnce(APP + ": there are answers again");
    }

    @Test
    void addressesOfIpv6ThatNobodyKnowsAreNoMistakeWhereThereAreOthers(CapturedOutput output) {
        addresses("app", "10.0.0.1");
        answers.put(AAAA, Mono.just(Answer.failed("NOTIMP")));
        membership.update("configuration", List.of(spec(APP)));
        for (int i = 0; i < 20; i++) {
            later();
        }

        assertThat(ids()).containsExactly("10.0.0.1-80");
        assertThat(membership.statuses().get(1).mistake()).isNull();
        assertThat(output).doesNotContain("NOTIMP");
    }

    @Test
    void addressesOfIpv6ThatWereThereAndFailAreAMistake(CapturedOutput output) {
        addresses("app", "10.0.0.1");
        answers.put(AAAA, Mono.just(Answer.found(List.of(Place.of("fd00::1")), Duration.ofSeconds(10))));
        membership.update("configuration", List.of(spec(APP)));
        names.round();
        answers.put(AAAA, Mono.just(Answer.failed("SERVFAIL")));
        later();

        assertThat(ids()).hasSize(2);
        assertThat(membership.statuses().get(1).mistake()).isEqualTo("AAAA of app: SERVFAIL");
        assertThat(output).containsOnlyOnce(APP + ": AAAA of app: SERVFAIL; what it stood for before stays");
    }

    @Test
    void theFirstBackendsDontWaitForAddressesOfIpv6() {
        addresses("app", "10.0.0.1");
        Sinks.One<Answer> late = Sinks.one();
        answers.put(AAAA, late.asMono());
        membership.update("configuration", List.of(spec(APP)));
        names.round();
        assertThat(ids()).containsExactly("10.0.0.1-80");

        late.tryEmitValue(Answer.found(List.of(Place.of("fd00::1")), Duration.ofSeconds(10)));
        assertThat(ids()).hasSize(2);
    }

    @Test
    void saysThatWhatWasBeforeStaysOnlyWhereSomethingWas(CapturedOutput output) {
        services(new Place("a", 81, 1, 1), new Place("b", 81, 1, 1));
        addresses("a", "10.0.0.1");
        answers.put(new Question("b", RecordType.A), Mono.just(Answer.failed("SERVFAIL")));
        answers.put(new Question("b", RecordType.AAAA), Mono.just(Answer.failed("SERVFAIL")));
        membership.update("configuration", List.of(spec(SERVICE)));
        names.round();
        names.round();

        assertThat(ids()).containsExactly("10.0.0.1-81");
        assertThat(output)
                .contains("A of b: SERVFAIL; its other answers are used")
                .doesNotContain("stays");
    }

    @Test
    void asksAgainAtOnceWhenTheNameServersChange() {
        addresses("app", "10.0.0.1");
        membership.update("configuration", List.of(spec(APP)));
        names.round();
        addresses("app", "10.0.0.2");
        names.round();
        assertThat(ids()).containsExactly("10.0.0.1-80");

        names.askAgain();
        names.round();

        assertThat(ids()).containsExactly("10.0.0.2-80");
    }

    @Test
    void believesThatANameIsGoneOnlyAfterAWhile() {
        addresses("app", "10.0.0.1");
        membership.update("configuration", List.of(spec(APP)));
        names.round();
        answers.put(A, Mono.just(Answer.absent("NXDOMAIN")));

        for (int i = 0; i < 6; i++) {
            later();
            assertThat(ids()).containsExactly("10.0.0.1-80");
            assertThat(membership.statuses().get(1).mistake()).isEqualTo("A of app: NXDOMAIN");
        }
        later();

        assertThat(ids()).isEmpty();
        assertThat(membership.statuses().get(1).mistake()).isEqualTo("A of app: NXDOMAIN");
    }

    @Test
    void aServiceChangesWhenTheAddressesOfItsNewHostsAreKnown() {
        services(new Place("a", 81, 1, 1));
        addresses("a", "10.0.0.1");
        membership.update("configuration", List.of(spec(SERVICE)));
        names.round();
        names.round();
        assertThat(ids()).containsExactly("10.0.0.1-81");
        Sinks.One<Answer> slow = Sinks.one();
        answers.put(new Question("b", RecordType.A), slow.asMono());
        services(new Place("b", 82, 1, 1));

        later();
        names.round();
        assertThat(ids()).containsExactly("10.0.0.1-81");
        slow.tryEmitValue(Answer.found(List.of(Place.of("10.0.0.2")), Duration.ofSeconds(10)));

        assertThat(ids()).containsExactly("10.0.0.2-82");
    }

    @Test
    void theFirstRoundWaitsForServicesAndTheirHosts() {
        services(new Place("a", 81, 1, 1));
        addresses("a", "10.0.0.1");
        addresses("app", "10.0.0.2");
        membership.update("configuration", List.of(spec(SERVICE), spec(APP)));

        names.firstRound().block(Patience.AMPLE);

        assertThat(ids()).containsExactly("10.0.0.1-81", "10.0.0.2-80");
    }

    @Test
    void theFirstRoundIsBounded() {
        StepVerifier.withVirtualTime(() -> {
                    answers.put(A, Mono.never());
                    membership.update("configuration", List.of(spec(APP)));
                    return names.firstRound();
                })
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(4999))
                .thenAwait(Duration.ofMillis(1))
                .verifyComplete();
    }

    @Test
    void theFirstRoundOfNoNamesIsOverAtOnce() {
        StepVerifier.create(names.firstRound()).verifyComplete();
        assertThat(asked).isEmpty();
    }

    @Test
    void aNameThatIsUnknownAtFirstIsAskedForAgain(CapturedOutput output) {
        membership.update("configuration", List.of(spec(APP)));
        names.firstRound().block(Patience.AMPLE);
        assertThat(ids()).isEmpty();
        assertThat(output)
                .containsOnlyOnce(
                        APP + ": A of app: no such record; it stands for no backends until there is an answer");

        addresses("app", "10.0.0.1");
        later();

        assertThat(ids()).containsExactly("10.0.0.1-80");
    }

    @Test
    void aNameIsNotAskedForTwiceAtOnceNorWhenItIsNoLongerListed() {
        answers.put(A, Mono.never());
        membership.update("file", List.of(spec(APP)));
        names.round();
        later();
        assertThat(asked).filteredOn(A::equals).hasSize(1);

        answers.remove(A);
        membership.update("file", List.of());
        later();
        assertThat(asked).filteredOn(A::equals).hasSize(1);
        assertThat(membership.statuses()).hasSize(1);
    }

    @Test
    void aNameThatGetsAnotherWeightKeepsItsBackends() {
        addresses("app", "10.0.0.1");
        membership.update("file", List.of(spec(APP)));
        names.round();
        Backend backend = Pools.backends(pool).get(0);

        membership.update("file", List.of(spec(APP, 7, 9)));

        assertThat(Pools.backends(pool)).containsExactly(backend);
        assertThat(backend.spec().weight()).isEqualTo(7);
    }

    @Test
    void operatorsMayAddNames() {
        addresses("app", "10.0.0.1", "10.0.0.2");
        membership.change(Edit.add(List.of(spec(APP))), "loopback");
        names.round();
        assertThat(ids()).containsExactly("10.0.0.1-80", "10.0.0.2-80");
        assertThat(pool.snapshot().members().get(0).sources()).containsExactly(APP);

        membership.change(Edit.replace(List.of()), "loopback");

        assertThat(ids()).isEmpty();
        assertThat(membership.statuses()).extracting(SourceStatus::name).containsExactly("operator");
    }

    @Test
    void whatOperatorsSayCountsAboveNames() {
        addresses("app", "10.0.0.1", "10.0.0.2", "10.0.0.3");
        membership.update("configuration", List.of(spec(APP)));
        names.round();
        membership.change(Edit.remove("http://10.0.0.1:80"), "loopback");
        membership.change(
                Edit.set("http://10.0.0.2:80", new OperatorWord.Settings(5, null, OperatorState.DRAINING)), "loopback");
        assertThat(ids()).containsExactly("10.0.0.2-80", "10.0.0.3-80");
        assertThat(Pools.backends(pool).get(0).spec().weight()).isEqualTo(5);
        assertThat(Pools.backends(pool).get(0).spec().serverName()).isEqualTo("app");
        assertThat(pool.snapshot().members().get(0).state()).isEqualTo(OperatorState.DRAINING);

        addresses("app", "10.0.0.1", "10.0.0.4");
        later();
        assertThat(ids()).containsExactly("10.0.0.4-80");
    }

    @Test
    void aListThatOperatorsPutKeepsOrDropsNamesAsAWhole() {
        addresses("app", "10.0.0.1");
        membership.update("configuration", List.of(spec(APP)));
        names.round();
        membership.change(Edit.replace(List.of(spec(APP), spec("http://a:1"))), "loopback");
        assertThat(ids()).containsExactlyInAnyOrder("10.0.0.1-80", "a-1");

        membership.change(Edit.replace(List.of(spec("http://a:1"))), "loopback");
        assertThat(ids()).containsExactly("a-1");
        addresses("app", "10.0.0.2");
        later();
        assertThat(ids()).containsExactly("a-1");

        membership.change(Edit.replace(List.of(spec(APP))), "loopback");
        names.round();
        assertThat(ids()).containsExactly("10.0.0.2-80");
    }

    @Test
    void changesOfNamesAreInTheHistory() {
        addresses("app", "10.0.0.1", "10.0.0.2");
        membership.update("configuration", List.of(spec(APP)));
        names.round();
        membership.started();
        addresses("app", "10.0.0.2", "10.0.0.3");
        later();

        Change change = membership.changes().get(0);
        assertThat(change.source()).isEqualTo(APP);
        assertThat(change.lines())
                .containsExactly("added 10.0.0.3-80 (http://10.0.0.3:80)", "removed 10.0.0.1-80 (http://10.0.0.1:80)");
    }

    @Test
    void takesHundredsOfAddresses() {
        String[] many = Stream.iterate(0, i -> i + 1)
                .limit(700)
                .map(i -> "10.0." + i / 250 + "." + i % 250)
                .toArray(String[]::new);
        addresses("app", many);
        membership.update("configuration", List.of(spec(APP)));
        names.round();
        assertThat(ids()).hasSize(700);
    }

    @Test
    void ofTooManyAddressesTheFirstInOrderAreUsed(CapturedOutput output) {
        List<String> many = IntStream.range(0, 4000)
                .mapToObj(i -> "10.1." + i / 250 + "." + i % 250)
                .collect(Collectors.toCollection(ArrayList::new));
        addresses("app", many.toArray(String[]::new));
        answers.put(
                new Question("app", RecordType.AAAA),
                Mono.just(Answer.found(List.of(Place.of("fd00::1")), Duration.ofSeconds(10))));
        membership.update("configuration", List.of(spec(APP)));
        membership.started();
        names.round();
        List<Backend> first = Pools.backends(pool);

        Collections.shuffle(many, new Random(2));
        addresses("app", many.toArray(String[]::new));
        later();

        assertThat(first).hasSize(1000);
        assertThat(Pools.backends(pool)).isEqualTo(first);
        assertThat(membership.statuses().get(1).mistake())
                .isEqualTo("only 1000 backends are used, 3001 more are not (goaround.dns.max-backends)");
        assertThat(membership.changes()).hasSize(1);
        assertThat(membership.changes().get(0).lines()).hasSize(101);
        assertThat(output).containsOnlyOnce(APP + ": only 1000 backends are used, 3001 more are not");
        assertThat(output.getAll().length()).isLessThan(2000);

        addresses("app", "10.0.0.1");
        later();

        assertThat(ids()).containsExactly("10.0.0.1-80", "fd00-1-80");
        assertThat(membership.statuses().get(1).mistake()).isNull();
        assertThat(output).containsOnlyOnce(APP + ": all its backends are used again");
    }

    @Test
    void ofTooManyHostsOfAServiceThoseOfTheLowestPriorityAreUsed() {
        List<Place> hosts = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
            hosts.add(new Place("h" + i, 81, i < 10 ? 1 : 0, 1));
            addresses("h" + i, "10.2." + i / 250 + "." + i % 250);
        }
        services(hosts.toArray(Place[]::new));
        membership.update("configuration", List.of(spec(SERVICE)));

        for (int i = 0; i < 10; i++) {
            names.round();
        }

        assertThat(Pools.backends(pool))
                .hasSize(1000)
                .noneMatch(backend -> backend.id().startsWith("10.2.0.5-"));
        assertThat(asked).hasSize(1 + 2 * 1000);
        assertThat(membership.statuses().get(1).mistake())
                .isEqualTo("only 1000 backends are used, 500 more are not (goaround.dns.max-backends)");
    }

    @Test
    void theOnlyHostOfAServiceMayStandForAllAddresses() {
        services(new Place("a", 81, 1, 1));
        addresses("a", IntStream.range(0, 200).mapToObj(i -> "10.3.0." + i).toArray(String[]::new));
        membership.update("configuration", List.of(spec(SERVICE)));

        names.round();
        names.round();

        assertThat(Pools.backends(pool)).hasSize(200);
    }

    @Test
    void aHostOfAServiceOfManyStandsForAFewAddressesOnly() {
        Place[] hosts = IntStream.range(0, 100)
                .mapToObj(i -> new Place("h" + i, 81, 1, 1))
                .toArray(Place[]::new);
        services(hosts);
        addresses("h0", IntStream.range(0, 200).mapToObj(i -> "10.3.0." + i).toArray(String[]::new));
        membership.update("configuration", List.of(spec(SERVICE)));

        names.round();
        names.round();

        assertThat(Pools.backends(pool)).hasSize(64);
        assertThat(membership.statuses().get(1).mistake()).startsWith("only 64 backends are used, 136 more are not");
    }

    @Test
    void asksNotEverythingAtOnce() {
        Place[] hosts = IntStream.range(0, 500)
                .mapToObj(i -> new Place("h" + i, 81, 1, 1))
                .toArray(Place[]::new);
        services(hosts);
        membership.update("configuration", List.of(spec(SERVICE)));
        names.round();
        for (Place host : hosts) {
            answers.put(new Question(host.host(), RecordType.A), Mono.never());
            answers.put(new Question(host.host(), RecordType.AAAA), Mono.never());
        }

        names.round();
        names.round();

        assertThat(asked).hasSize(1 + 256);
    }

    private List<String> ids() {
        return Pools.backends(pool).stream().map(Backend::id).toList();
    }
}
