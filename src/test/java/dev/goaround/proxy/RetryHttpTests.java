package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.limit.LimitSettings;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Listing;
import dev.goaround.pool.OperatorState;
import dev.goaround.retry.Attempt;
import dev.goaround.retry.RetrySettings;
import dev.goaround.retry.TroubledRequest;
import dev.goaround.settings.Cidr;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

/** Requests that another attempt saves. */
class RetryHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String UNAVAILABLE = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";

    private final List<String> bodies = new CopyOnWriteArrayList<>();

    /** Reads a request with a body of that length, and answers. */
    private RawBackend.Script taking(int length, String answer) {
        return connection -> {
            while (!connection.readHead().isEmpty()) {
                bodies.add(connection.readBytes(length));
                connection.send(answer);
            }
        };
    }

    /** Reads a request with a body of that length, and closes. */
    private RawBackend.Script dyingAfter(int length) {
        return connection -> {
            connection.readHead();
            bodies.add(connection.readBytes(length));
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, 65_536})
    void anIdempotentRequestIsRepeatedWithItsBody(int length) throws Exception {
        String body = "x".repeat(length - 1) + "y";
        try (RawBackend dying = RawBackend.running(dyingAfter(length));
                RawBackend good = RawBackend.running(taking(length, OK));
                RunningProxy proxy = RunningProxy.over(dying.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 2; i++) {
                assertThat(client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n" + body)
                                .read()
                                .status())
                        .isEqualTo(200);
            }
            assertThat(dying.heads()).isNotEmpty();
            assertThat(good.heads()).hasSize(2);
            assertThat(bodies).hasSizeGreaterThan(2).allMatch(body::equals);
            await().untilAsserted(() -> assertThat(proxy.keptForReplay()).isZero());
        }
    }

    @Test
    void aChunkedBodyIsRepeatedWithItsTrailers() throws Exception {
        RawBackend.Script readsAll = connection -> {
            while (!connection.readHead().isEmpty()) {
                connection.readUntil("\r\n0\r\nsum: 7\r\n\r\n");
                connection.send(OK);
            }
        };
        RawBackend.Script dies = connection -> {
            connection.readHead();
            connection.readUntil("\r\n0\r\nsum: 7\r\n\r\n");
        };
        try (RawBackend dying = RawBackend.running(dies);
                RawBackend good = RawBackend.running(readsAll);
                RunningProxy proxy = RunningProxy.over(dying.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 2; i++) {
                assertThat(client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                        + "5\r\nhello\r\n6\r\n world\r\n0\r\nsum: 7\r\n\r\n")
                                .read()
                                .status())
                        .isEqualTo(200);
            }
            assertThat(dying.heads()).isNotEmpty();
        }
    }

    @Test
    void aBodyThatStillArrivesIsRepeatedFromItsStart() throws Exception {
        try (RawBackend dying = RawBackend.running(dyingAfter(5));
                RawBackend good = RawBackend.running(taking(10, OK));
                RunningProxy proxy = RunningProxy.over(dying.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 2; i++) {
                int before = bodies.size();
                client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
                if (dying.heads().isEmpty()) {
                    await().until(() -> bodies.size() > before || !good.heads().isEmpty());
                }
                assertThat(client.send("world").read().status()).isEqualTo(200);
            }
            assertThat(bodies).contains("helloworld").doesNotContain("worldworld");
        }
    }

    @Test
    void aBodyLargerThanTheBufferIsNotRepeatedOnceItHasBegun() throws Exception {
        int length = 65_537;
        try (RawBackend one = RawBackend.running(dyingAfter(length));
                RawBackend other = RawBackend.running(dyingAfter(length));
                RunningProxy proxy = RunningProxy.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n"
                                    + "x".repeat(length))
                            .read()
                            .status())
                    .isEqualTo(502);
            assertThat(one.heads().size() + other.heads().size()).isEqualTo(1);
            await().until(() -> proxy.keptForReplay() == 0);
        }
    }

    @Test
    void allRequestsTogetherKeepNoMoreThanTheMemoryForIt() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.retry = settings(List.of(), false, DataSize.ofKilobytes(64), DataSize.ofBytes(1024));
        try (RawBackend one = RawBackend.running(dyingAfter(2000));
                RawBackend other = RawBackend.running(dyingAfter(2000));
                RunningProxy proxy = with.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n" + "x".repeat(2000))
                            .read()
                            .status())
                    .isEqualTo(502);
            assertThat(one.heads().size() + other.heads().size()).isEqualTo(1);
        }
    }

    @Test
    void nothingIsKeptForARequestThatCanNotBeRepeatedAnyMore() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.readBytes(5);
                    answer.await();
                    connection.send(OK);
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient put = new RawClient(proxy.port());
                RawClient post = new RawClient(proxy.port())) {
            post.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
            await().until(() -> backend.heads().size() == 1);
            await().until(() -> proxy.keptForReplay() == 0);
            put.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
            await().until(() -> proxy.keptForReplay() > 0);
            answer.countDown();
            assertThat(put.read().status()).isEqualTo(200);
            assertThat(post.read().status()).isEqualTo(200);
            await().until(() -> proxy.keptForReplay() == 0);
        }
    }

    @Test
    void aPostWithAnIdempotencyKeyIsRepeatedAndOneWithoutIsNot() throws Exception {
        try (RawBackend one = RawBackend.running(dyingAfter(5));
                RawBackend other = RawBackend.running(taking(5, OK));
                RunningProxy proxy = RunningProxy.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 2; i++) {
                assertThat(client.send(
                                        "POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: \"1\"\r\nContent-Length: 5\r\n\r\nhello")
                                .read()
                                .status())
                        .isEqualTo(200);
            }
            assertThat(one.heads()).isNotEmpty();
            int before = bodies.size();
            List<Integer> statuses = new CopyOnWriteArrayList<>();
            for (int i = 0; i < 2; i++) {
                statuses.add(client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                        .read()
                        .status());
            }
            assertThat(statuses).containsExactlyInAnyOrder(200, 502);
            assertThat(bodies).hasSize(before + 2);
        }
    }

    @Test
    void aGatewayErrorOfOneBackendIsAskedOfAnother() throws Exception {
        try (RawBackend busy = RawBackend.running(taking(5, UNAVAILABLE));
                RawBackend good = RawBackend.running(taking(5, OK));
                RunningProxy proxy = RunningProxy.over(busy.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                                .read()
                                .body())
                        .isEqualTo("ok");
            }
            assertThat(bodies).allMatch("hello"::equals);
            assertThat(busy.connections())
                    .as("a short answer that nobody gets does not cost its connection")
                    .isEqualTo(1);
            proxy.awaitIdle();
        }
    }

    @Test
    void theAnswerOfTheLastBackendIsBetterThanNone() throws Exception {
        try (RawBackend one = RawBackend.answering(UNAVAILABLE);
                RawBackend other = RawBackend.answering(UNAVAILABLE);
                RunningProxy proxy = RunningProxy.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").body()).isEqualTo("busy");
            assertThat(one.heads().size() + other.heads().size()).isEqualTo(2);
        }
    }

    @Test
    void theGatewayErrorOfAPostIsPassedOn() throws Exception {
        try (RawBackend one = RawBackend.answering(UNAVAILABLE);
                RawBackend other = RawBackend.answering(UNAVAILABLE);
                RunningProxy proxy = RunningProxy.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.exchange("POST", "/").body()).isEqualTo("busy");
            assertThat(one.heads().size() + other.heads().size()).isEqualTo(1);
        }
    }

    @Test
    void anEarlyGatewayErrorDoesNotMixTheTwoUploads() throws Exception {
        try (RawBackend busy = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(UNAVAILABLE);
                    connection.drain();
                });
                RawBackend good = RawBackend.running(taking(10, OK));
                RunningProxy proxy = RunningProxy.over(busy.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 2; i++) {
                int before = good.heads().size();
                client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
                await().until(() -> good.heads().size() > before);
                assertThat(client.send("world").read().body()).isEqualTo("ok");
            }
            assertThat(bodies).containsExactly("helloworld", "helloworld");
        }
    }

    @Test
    void aBackendThatAsksToBeLeftAloneIs() throws Exception {
        String later = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n";
        try (RawBackend busy = RawBackend.answering(later);
                RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(busy.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/").body()).isEqualTo("ok");
            }
            assertThat(busy.heads()).hasSize(1);
            assertThat(backends(proxy).get(0).restsUntil()).isPresent();
        }
    }

    @Test
    void whereAllAskForThatSomebodyMustWork() throws Exception {
        String later = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\nContent-Length: 4\r\n\r\nbusy";
        try (RawBackend one = RawBackend.answering(later);
                RawBackend other = RawBackend.answering(later);
                RunningProxy proxy = RunningProxy.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.get("/").body()).isEqualTo("busy");
            }
            assertThat(one.heads().size() + other.heads().size()).isEqualTo(6);
        }
    }

    @Test
    void backendsThatGaveNoAnswerAreTriedOnceMore() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    if (connections.incrementAndGet() > 1) {
                        connection.send(OK);
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").body()).isEqualTo("ok");
        }
    }

    @Test
    void aStormOfRepeatsIsEnded() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.budgetClock = () -> 0;
        with.retry = new RetrySettings(
                List.of("503"),
                false,
                1,
                Duration.ofMillis(1),
                0,
                1,
                false,
                DataSize.ofKilobytes(1),
                DataSize.ofKilobytes(1),
                false,
                true);
        try (RawBackend one = RawBackend.answering(UNAVAILABLE);
                RawBackend other = RawBackend.answering(UNAVAILABLE);
                RunningProxy proxy = with.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 50; i++) {
                assertThat(client.get("/").status()).isEqualTo(503);
            }
            // One repeat a second is allowed over ten seconds, of which none passes.
            assertThat(one.heads().size() + other.heads().size()).isEqualTo(60);
        }
    }

    @Test
    void requestsWaitForAPlaceWhereEveryBackendIsFull() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 1;
        CountDownLatch release = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    while (!connection.readHead().isEmpty()) {
                        release.await();
                        connection.send(OK);
                    }
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient first = new RawClient(proxy.port());
                RawClient second = new RawClient(proxy.port());
                RawClient leaver = new RawClient(proxy.port())) {
            first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> backend.heads().size() == 1);
            leaver.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> proxy.queueLength() == 1);
            leaver.leave();
            await().until(() -> proxy.queueLength() == 0);
            second.send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> proxy.queueLength() == 1);
            release.countDown();

            assertThat(first.read().status()).isEqualTo(200);
            assertThat(second.read().status()).isEqualTo(200);
            assertThat(backend.heads()).hasSize(2);
            proxy.awaitIdle();
        }
    }

    @Test
    void whoeverWaitsTooLongIsToldToComeAgain() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 1;
        with.limit = new LimitSettings(10, Duration.ofMillis(50), Duration.ofMillis(10), null);
        try (RawBackend backend = RawBackend.running(RawBackend.Connection::drain);
                RunningProxy proxy = with.over(backend.uri());
                RawClient first = new RawClient(proxy.port());
                RawClient second = new RawClient(proxy.port())) {
            first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> backends(proxy).get(0).full());
            Response refused = second.get("/page?secret");

            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.values("Retry-After")).containsExactly("1");
            assertThat(refused.body())
                    .isEqualTo("503 Service Unavailable: every backend was at its limit for too long\n");
            TroubledRequest trouble = proxy.troubles(1).get(0);
            assertThat(trouble.path()).isEqualTo("/page");
            assertThat(trouble.queuedMillis()).isGreaterThanOrEqualTo(50);
            assertThat(trouble.passedOver())
                    .singleElement()
                    .satisfies(backendsReason ->
                            assertThat(backendsReason.reason()).isEqualTo("full: 1 of 1 requests"));
        }
    }

    @Test
    void whoeverFindsNobodySinceOperatorsSaidSoIsToldAgain() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.with().over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            proxy.pool()
                    .update(List.of(new Listing(
                            backends(proxy).get(0).spec(), List.of("configuration"), OperatorState.DISABLED)));

            assertThat(client.get("/").status()).isEqualTo(503);
            assertThat(proxy.troubles(1).get(0).passedOver())
                    .singleElement()
                    .satisfies(why ->
                            assertThat(why.reason()).startsWith("disabled: by an operator; otherwise healthy: "));
        }
    }

    @Test
    void answersOfItsOwnSayHowManyAttemptsWereMade() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.attemptsHeader = true;
        with.retry = settings(List.of(), false, DataSize.ofKilobytes(64), DataSize.ofBytes(1024));
        RawBackend.Script deaf = connection -> {
            connection.readHead();
            connection.readHead();
        };
        try (RawBackend one = RawBackend.running(RawBackend.Connection::readHead);
                RawBackend other = RawBackend.running(RawBackend.Connection::readHead);
                RunningProxy proxy = with.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response none = client.get("/");
            assertThat(none.status()).isEqualTo(503);
            assertThat(none.values("GoAround-Attempts")).containsExactly("2");
            Response broken = client.exchange("POST", "/");
            assertThat(broken.status()).isEqualTo(502);
            assertThat(broken.values("GoAround-Attempts")).containsExactly("1");
        }
        with.responseTimeout = Duration.ofMillis(50);
        try (RawBackend slow = RawBackend.running(deaf);
                RunningProxy proxy = with.over(slow.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response late = client.get("/");
            assertThat(late.status()).isEqualTo(504);
            assertThat(late.values("GoAround-Attempts")).containsExactly("1");
        }
        try (RunningProxy proxy = with.over();
                RawClient client = new RawClient(proxy.port())) {
            Response nobody = client.get("/");
            assertThat(nobody.status()).isEqualTo(503);
            assertThat(nobody.values("GoAround-Attempts")).isEmpty();
        }
    }

    @Test
    void whatHappenedCanBeAskedAfterwards() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.attemptsHeader = true;
        with.requestId = "X-Request-Id";
        with.trusted = List.of(Cidr.valueOf("127.0.0.1"));
        try (RawBackend dying = RawBackend.running(RawBackend.Connection::readHead);
                RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = with.over(dying.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            List<Response> answers =
                    List.of(client.get("/a?b=c", "X-Request-Id: 17"), client.get("/a?b=c", "X-Request-Id: 17"));

            assertThat(answers)
                    .extracting(answer -> answer.values("GoAround-Attempts").get(0))
                    .contains("2");
            assertThat(proxy.troubles(1)).isNotEmpty().allSatisfy(trouble -> {
                assertThat(trouble.id()).isEqualTo("17");
                assertThat(trouble.path()).isEqualTo("/a");
                assertThat(trouble.status()).isEqualTo(200);
                assertThat(trouble.outcome()).isEqualTo("answered");
                assertThat(trouble.attempts())
                        .extracting(Attempt::result)
                        .containsExactly("closed by the backend", "200");
            });
        }
    }

    @Test
    void anAnswerThatBreaksOffIsRemembered() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").body()).isEqualTo("hello<cut>");
            assertThat(proxy.troubles(1).get(0).outcome()).isEqualTo("the answer broke off");
        }
    }

    @Test
    void aSlowAnswerIsRacedByAnotherBackendOnceItIsKnownWhatSlowIs() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.retry = new RetrySettings(
                List.of(),
                false,
                1,
                Duration.ofMillis(1),
                20,
                100,
                true,
                DataSize.ofKilobytes(64),
                DataSize.ofMegabytes(1),
                true,
                true);
        with.attemptsHeader = true;
        CountDownLatch never = new CountDownLatch(1);
        RawBackend.Script quickButForSlow = connection -> {
            for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                if (head.startsWith("GET /slow") && bodies.isEmpty()) {
                    bodies.add("slow");
                    never.await();
                }
                connection.send(OK);
            }
        };
        try (RawBackend one = RawBackend.running(quickButForSlow);
                RawBackend other = RawBackend.running(quickButForSlow);
                RunningProxy proxy = with.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 300; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            Response answer = client.get("/slow");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.values("GoAround-Attempts")).containsExactly("2");
            proxy.awaitIdle();
            await().until(() -> proxy.troubles().stream()
                    .anyMatch(trouble -> trouble.attempts().stream()
                            .anyMatch(attempt -> attempt.result().equals("another was quicker"))));
            assertThat(client.exchange("POST", "/").values("GoAround-Attempts")).containsExactly("1");
        }
    }

    @Test
    void anEventStreamMayBeSilentForAsLongAsItLikes() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.bodyTimeout = Duration.ofMillis(50);
        CountDownLatch silentForLong = new CountDownLatch(1);
        String head = "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n.\r\n";
        try (RawBackend backend = RawBackend.running(connection -> {
                    String type = connection.readHead().startsWith("GET /events") ? "text/event-stream" : "text/plain";
                    connection.send(head.formatted(type));
                    if (type.equals("text/plain")) {
                        connection.drain();
                        silentForLong.countDown();
                    } else {
                        silentForLong.await();
                        connection.send("1\r\n!\r\n0\r\n\r\n");
                    }
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient events = new RawClient(proxy.port());
                RawClient other = new RawClient(proxy.port())) {
            events.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> backend.heads().size() == 1);
            assertThat(other.get("/").body()).isEqualTo(".<cut>");
            assertThat(events.read().body()).isEqualTo(".!");
        }
    }

    private static RetrySettings settings(
            List<String> statuses, boolean nonIdempotent, DataSize bufferSize, DataSize bufferMemory) {
        return new RetrySettings(
                statuses, nonIdempotent, 1, Duration.ofMillis(1), 20, 3, false, bufferSize, bufferMemory, false, true);
    }

    private static List<Backend> backends(RunningProxy proxy) {
        return proxy.pool().snapshot().members().stream()
                .map(member -> member.backend())
                .toList();
    }

    @Test
    void theBudgetIsNotSpentOnRepeatsThatNobodyHasAPlaceFor() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        RawBackend.Script blocked = connection -> {
            for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                if (head.startsWith("GET /block")) {
                    release.await();
                }
                connection.send(OK);
            }
        };
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 1;
        with.loops = 1;
        with.budgetClock = () -> 0;
        with.retry = new RetrySettings(
                List.of("429", "500-504"),
                false,
                1,
                Duration.ofMillis(1),
                0,
                1,
                false,
                DataSize.ofKilobytes(1),
                DataSize.ofKilobytes(1),
                false,
                true);
        try (RawBackend full = RawBackend.running(blocked);
                RawBackend busy = RawBackend.running(taking(0, UNAVAILABLE));
                RunningProxy proxy = with.over(full.uri(), busy.uri());
                RawClient blocker = new RawClient(proxy.port());
                RawClient client = new RawClient(proxy.port())) {
            blocker.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> full.heads().size() == 1);
            for (int i = 0; i < 12; i++) {
                assertThat(client.get("/").status()).isEqualTo(503);
            }
            release.countDown();
            assertThat(blocker.read().status()).isEqualTo(200);
            // Ten repeats in ten seconds are allowed, and none has been made.
            for (int i = 0; i < 8; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aGatewayErrorWhoseBodyDoesNotComeHoldsNobodyUp() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        RawBackend.Script script = connection -> {
            while (!connection.readHead().isEmpty()) {
                if (requests.getAndIncrement() == 0) {
                    connection.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\n");
                    connection.drain();
                } else {
                    connection.send(OK);
                }
            }
        };
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 1;
        with.loops = 1;
        try (RawBackend one = RawBackend.running(script);
                RawBackend other = RawBackend.running(script);
                RunningProxy proxy = with.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 4; i++) {
                // Held up until a time-out of the proxy, it would not come before the client has lost patience.
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            await().until(() -> proxy.pool().snapshot().members().stream()
                    .anyMatch(member -> member.backend().failures() == 1));
        }
    }

    @Test
    void anAnswerThatWasDroppedIsNotTheRequestsEnd() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        CountDownLatch seen = new CountDownLatch(1);
        AtomicInteger requests = new AtomicInteger();
        RawBackend.Script script = connection -> {
            while (!connection.readHead().isEmpty()) {
                if (requests.getAndIncrement() == 0) {
                    connection.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\n");
                    answered.await();
                    connection.send("b");
                    connection.close();
                } else {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
                    answered.countDown();
                    seen.await();
                    connection.send("k");
                }
            }
        };
        try (RawBackend one = RawBackend.running(script);
                RawBackend other = RawBackend.running(script);
                RunningProxy proxy = RunningProxy.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> proxy.pool().snapshot().members().stream()
                    .anyMatch(member -> member.backend().failures() > 0));
            seen.countDown();
            assertThat(client.read().body()).isEqualTo("ok");
            assertThat(proxy.troubles(1)).singleElement().satisfies(trouble -> {
                assertThat(trouble.outcome()).isEqualTo("answered");
                assertThat(trouble.attempts()).hasSize(2);
            });
        }
    }

    @Test
    void aRequestThatRanOutOfTimeSaysWhoHadIt() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.requestTimeout = Duration.ofMillis(500);
        try (RawBackend silent = RawBackend.running(RawBackend.Connection::drain);
                RunningProxy proxy = with.over(silent.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").status()).isEqualTo(504);
            assertThat(proxy.troubles(1))
                    .singleElement()
                    .satisfies(trouble -> assertThat(trouble.attempts())
                            .extracting(Attempt::result)
                            .containsExactly("given up"));
        }
    }

    @Test
    void aClientThatLeavesDuringTheSecondAttemptIsRemembered() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        RawBackend.Script script = connection -> {
            connection.readHead();
            if (requests.getAndIncrement() > 0) {
                connection.drain();
            }
        };
        try (RawBackend one = RawBackend.running(script);
                RawBackend other = RawBackend.running(script);
                RunningProxy proxy = RunningProxy.over(one.uri(), other.uri())) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                await().until(() -> requests.get() == 2);
                client.reset();
            }
            assertThat(proxy.troubles(1)).singleElement().satisfies(trouble -> {
                assertThat(trouble.outcome()).isEqualTo("the client went away");
                assertThat(trouble.status()).isZero();
                assertThat(trouble.attempts()).hasSize(2);
            });
        }
    }

    @Test
    void whatAClientTakesToSendABodyIsNotItsBackendsTime() throws Exception {
        List<Duration> told = new CopyOnWriteArrayList<>();
        try (RawBackend quick = RawBackend.running(taking(5, OK));
                RunningProxy proxy = RunningProxy.over(quick.uri());
                RawClient client = new RawClient(proxy.port())) {
            proxy.pool().observeAnswers((backend, status, nanos) -> told.add(Duration.ofNanos(nanos)));
            long began = System.nanoTime();
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
            await().until(() -> quick.heads().size() == 1 && System.nanoTime() - began > 300_000_000);
            long sent = System.nanoTime();
            assertThat(client.send("llo").read().status()).isEqualTo(200);
            await().until(() -> !told.isEmpty());
            assertThat(told)
                    .singleElement()
                    .satisfies(took -> assertThat(took).isLessThan(Duration.ofNanos(System.nanoTime() - sent)));
        }
    }
}
