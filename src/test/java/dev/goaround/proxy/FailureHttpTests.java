package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.limit.LimitSettings;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Outcome;
import dev.goaround.testing.HeldPort;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens when backends or clients fail. */
class FailureHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /** A URL that nobody listens on. */
    static URI nobody() {
        return HeldPort.forGood().uri();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void aRefusedConnectionIsTriedOnTheNextBackendWhateverTheMethod(String method) throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + connection.readBytes(5));
                });
                RunningProxy proxy = RunningProxy.over(nobody(), nobody(), backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response response = client.send(method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                    .read();

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("hello");
        }
    }

    @Test
    void whenNoBackendIsLeftTheClientIsToldToComeAgain() throws Exception {
        try (RunningProxy proxy = RunningProxy.over(nobody(), nobody());
                RawClient client = new RawClient(proxy.port())) {
            Response response = client.get("/", "Accept: application/json");

            assertThat(response.status()).isEqualTo(503);
            assertThat(response.values("Retry-After")).containsExactly("1");
            assertThat(response.values("Cache-Control")).containsExactly("no-store");
            assertThat(response.values("Content-Type")).containsExactly("application/problem+json");
            assertThat(response.values("Proxy-Status")).containsExactly("goaround; error=destination_unavailable");
            assertThat(response.body())
                    .isEqualTo(
                            "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"detail\":\"no backend could answer\"}\n");
            assertThat(client.get("/").body())
                    .as("the connection goes on")
                    .isEqualTo("503 Service Unavailable: no backend could answer\n");
        }
    }

    @Test
    void withoutAnyBackendTheAnswerIs503() throws Exception {
        try (RunningProxy proxy = RunningProxy.over();
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").body()).isEqualTo("503 Service Unavailable: no backend is available\n");
        }
    }

    @Test
    void aGetWhoseBackendBreaksOffIsTriedOnTheNextOne() throws Exception {
        try (RawBackend broken = RawBackend.running(RawBackend.Connection::readHead);
                RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(broken.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            assertThat(broken.heads()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "POST / HTTP/1.1\r\nHost: a\r\n\r\n"
            })
    void whatCannotBeRepeatedSafelyIsSentOnceAndGets502(String request) throws Exception {
        RawBackend.Script breaksOff = connection -> connection.readHead();
        try (RawBackend one = RawBackend.running(breaksOff);
                RawBackend other = RawBackend.running(breaksOff);
                RunningProxy proxy = RunningProxy.over(one.uri(), other.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.send(request).read().status()).isEqualTo(502);
            assertThat(one.heads().size() + other.heads().size()).isEqualTo(1);
        }
    }

    @Test
    void aConnectionThatTheBackendClosedMeanwhileIsInvisibleToClients() throws Exception {
        AtomicInteger served = new AtomicInteger();
        RawBackend.Script oneAnswerThenDeath = connection -> {
            connection.readHead();
            served.incrementAndGet();
            connection.send(OK);
            connection.readHead(); // the next request arrives just as the backend closes
        };
        try (RawBackend backend = RawBackend.running(oneAnswerThenDeath);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            List<Outcome> outcomes = observe(proxy);
            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            assertThat(served).hasValue(10);
            await().until(() -> outcomes.size() >= 10);
            assertThat(outcomes).as("says nothing about health").hasSize(10).allMatch(outcome -> !outcome.failure());
        }
    }

    @Test
    void aBodyThatBreaksOffIsCutShortForTheClientToo() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            List<Outcome> outcomes = observe(proxy);

            assertThat(client.get("/").body()).isEqualTo("hello<cut>");
            await().until(() -> outcomes.size() == 1);
            assertThat(outcomes.get(0)).isInstanceOf(Outcome.Failed.class);
        }
    }

    @Test
    void aCutBodyThatOnlyTheEndOfTheConnectionDelimitsIsReset() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.0\r\n\r\n");
            boolean cut;
            try {
                client.read();
                cut = false;
            } catch (IOException reset) {
                cut = true;
            }
            assertThat(cut).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
            })
    void anAnswerThatIsNotUnambiguousHttpGets502(String answer) throws Exception {
        try (RawBackend backend = RawBackend.answering(answer);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response response = client.get("/");

            assertThat(response.status()).isEqualTo(502);
            assertThat(response.values("Proxy-Status")).containsExactly("goaround; error=http_protocol_error");
        }
    }

    @Test
    void bytesThatNobodyAskedForReachNobody() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.get("/").body()).isEqualTo("ok");
            }
        }
    }

    @Test
    void aBackendThatDoesNotAnswerInTimeGets504() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.responseTimeout = Duration.ofMillis(100);
        try (RawBackend backend = RawBackend.running(RawBackend.Connection::drain);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").status()).isEqualTo(504);
        }
    }

    @Test
    void theRequestTimeoutHoldsOverAllAttempts() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.requestTimeout = Duration.ofMillis(150);
        try (RawBackend backend = RawBackend.running(RawBackend.Connection::drain);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            List<Outcome> outcomes = observe(proxy);

            assertThat(client.get("/").status()).isEqualTo(504);
            await().until(() -> outcomes.size() == 1);
            proxy.awaitIdle();
        }
    }

    @Test
    void aClientThatLeavesCancelsItsRequest() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    asked.countDown();
                    connection.drain();
                    closed.countDown();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            List<Outcome> outcomes = observe(proxy);
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> asked.getCount() == 0);
            client.reset();

            await().until(() -> closed.getCount() == 0);
            await().until(() -> outcomes.size() == 1);
            assertThat(outcomes.get(0)).isInstanceOf(Outcome.Cancelled.class);
        }
    }

    @Test
    void aClientThatLeavesInMidAnswerCancelsItsRequest() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
                    connection.drain();
                    closed.countDown();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            List<Outcome> outcomes = observe(proxy);
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            client.reset();

            await().until(() -> closed.getCount() == 0);
            await().until(() -> outcomes.size() == 1);
            assertThat(outcomes.get(0)).isInstanceOf(Outcome.Cancelled.class);
            await().until(() -> backends(proxy).get(0).openConnections().get() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aResponseOfAnOldServerPassesRepairedOrIsRefusedWithThePlaceOfItsFault(boolean lenient) throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.lenient = lenient;
        try (RawBackend backend =
                        RawBackend.answering("HTTP/1.1 200 OK\r\nX-Old : a\r\n b\r\nContent-Length: 2\r\n\r\nok");
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            RawClient.Response response = client.get("/");
            if (lenient) {
                assertThat(response.values("X-Old")).containsExactly("a b");
                assertThat(response.body()).isEqualTo("ok");
            } else {
                assertThat(response.status()).isEqualTo(502);
                assertThat(response.body()).doesNotContain("X-Old");
                assertThat(proxy.troubles(1).get(0).attempts())
                        .last()
                        .satisfies(attempt -> assertThat(attempt.result()).contains("field X-Old, byte 22"));
            }
        }
    }

    @Test
    void anUploadThatItsClientBreaksOffDoesNotLookWholeToTheBackend() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        List<Long> received = new CopyOnWriteArrayList<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.readBytes(10);
                    started.countDown();
                    received.add(connection.drain());
                    ended.countDown();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            await().until(() -> started.getCount() == 0);
            client.leave();

            await().until(() -> ended.getCount() == 0);
            assertThat(received).containsExactly(0L);
        }
    }

    @Test
    void anEarlyAnswerReachesAClientThatStillUploads() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response response = client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\nabc")
                    .read();

            assertThat(response.status()).isEqualTo(413);
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void aFullBackendIsPassedOverAndAFullPoolSaysSo() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 1;
        with.limit = new LimitSettings(0, Duration.ofSeconds(1), Duration.ofMillis(100), null);
        CountDownLatch release = new CountDownLatch(1);
        RawBackend.Script waits = connection -> {
            connection.readHead();
            release.await();
            connection.send(OK);
        };
        try (RawBackend one = RawBackend.running(waits);
                RawBackend other = RawBackend.running(waits);
                RunningProxy proxy = with.over(one.uri(), other.uri());
                RawClient first = new RawClient(proxy.port());
                RawClient second = new RawClient(proxy.port());
                RawClient third = new RawClient(proxy.port())) {
            first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> backends(proxy).stream().allMatch(Backend::full));

            Response refused = third.get("/");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.values("Proxy-Status")).containsExactly("goaround; error=connection_limit_reached");
            release.countDown();
            assertThat(first.read().status()).isEqualTo(200);
            assertThat(second.read().status()).isEqualTo(200);
        }
    }

    @Test
    void theLimitHoldsAcrossEventLoopsAndNoLoopStarves() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxConnections = 1;
        with.loops = 4;
        AtomicInteger open = new AtomicInteger();
        try (RawBackend backend = RawBackend.running(connection -> {
                    open.incrementAndGet();
                    // The backend may see the new one before the end of the one before, which has to come all the same.
                    await().until(() -> open.get() == 1);
                    while (!connection.readHead().isEmpty()) {
                        connection.send(OK);
                    }
                    open.decrementAndGet();
                });
                RunningProxy proxy = with.over(backend.uri())) {
            for (int i = 0; i < 12; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    assertThat(client.get("/").status()).isEqualTo(200);
                }
            }
            assertThat(backends(proxy).get(0).openConnections()).hasValueLessThanOrEqualTo(1);
        }
    }

    private static List<Backend> backends(RunningProxy proxy) {
        return proxy.pool().snapshot().members().stream()
                .map(member -> member.backend())
                .toList();
    }

    private static List<Outcome> observe(RunningProxy proxy) {
        List<Outcome> outcomes = new CopyOnWriteArrayList<>();
        proxy.pool().observe((backend, outcome, began) -> outcomes.add(outcome));
        return outcomes;
    }
}
