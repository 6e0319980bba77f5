package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.observe.ClientProtocol;
import dev.goaround.observe.MethodClass;
import dev.goaround.observe.RequestKind;
import dev.goaround.observe.RequestOutcome;
import dev.goaround.observe.RetryReason;
import dev.goaround.observe.Traffic;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/** Every request is counted once, whatever becomes of it. */
class RequestTallyHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @Test
    void anAnswerCountsForTheBackendThatGaveIt() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get("/");
            client.exchange("DELETE", "/");
            counted(
                    proxy,
                    0,
                    Map.of(
                            kind(MethodClass.SAFE, 2, RequestOutcome.ANSWERED), 1L,
                            kind(MethodClass.IDEMPOTENT, 2, RequestOutcome.ANSWERED), 1L));
            await().until(() -> of(proxy, 0).duration().count() == 2);
            assertThat(of(proxy, 0).firstByte().count()).isEqualTo(2);
            assertThat(of(proxy, 0).duration().sum())
                    .as("an answer does not end before it begins")
                    .isGreaterThan(of(proxy, 0).firstByte().sum());
        }
    }

    @Test
    void whatNoBackendIsAskedAboutCountsForNone() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET / HTTP/1.1\r\n\r\n").read();
            }
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("nonsense\r\n\r\n").read();
            }
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n").read();
            }
            await().untilAsserted(() -> assertThat(proxy.recorder().unsent().requests())
                    .isEqualTo(Map.of(
                            kind(MethodClass.SAFE, 4, RequestOutcome.REFUSED), 1L,
                            kind(MethodClass.UNKNOWN, 4, RequestOutcome.REFUSED), 1L,
                            kind(MethodClass.OTHER, 5, RequestOutcome.REFUSED), 1L)));
            assertThat(of(proxy, 0).requests()).isEmpty();
        }
    }

    @Test
    void anAnswerOfOurOwnCountsForTheBackendThatWasAskedLast() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> connection.readHead());
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.exchange("POST", "/");
            counted(proxy, 0, Map.of(kind(MethodClass.OTHER, 5, RequestOutcome.REFUSED), 1L));
        }
    }

    @Test
    void anAnswerThatBreaksOffIsNoAnswer() throws Exception {
        try (RawBackend breaking = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok");
                });
                RunningProxy proxy = RunningProxy.over(breaking.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            counted(proxy, 0, Map.of(kind(MethodClass.SAFE, 2, RequestOutcome.BROKEN), 1L));
        }
    }

    @Test
    void aClientThatGoesAwayIsCountedAsGone() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    asked.countDown();
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                asked.await();
                client.reset();
            }
            counted(proxy, 0, Map.of(kind(MethodClass.SAFE, 0, RequestOutcome.CANCELLED), 1L));
        }
    }

    @Test
    void aBodyThatGrowsTooLargeIsRefused() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.bodyLimit = DataSize.ofBytes(10);
        try (RawBackend backend = RawBackend.running(connection -> connection.drain());
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" + "x".repeat(32)
                            + "\r\n")
                    .read();
            counted(proxy, 0, Map.of(kind(MethodClass.OTHER, 4, RequestOutcome.REFUSED), 1L));
        }
    }

    @Test
    void aTunnelIsAnAnswer() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
                        .readHead();
            }
            counted(proxy, 0, Map.of(kind(MethodClass.SAFE, 1, RequestOutcome.ANSWERED), 1L));
        }
    }

    @Test
    void aRequestThatIsRepeatedCountsForWhoAnsweredAndTheRepeatForWhoDidNot() throws Exception {
        try (RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(FailureHttpTests.nobody(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(of(proxy, 0).retries().get(RetryReason.UNREACHABLE)).isPositive();
            counted(proxy, 1, Map.of(kind(MethodClass.SAFE, 2, RequestOutcome.ANSWERED), 2L));
            assertThat(of(proxy, 0).requests()).isEmpty();
        }
    }

    @Test
    void aStatusThatIsRepeatedSaysSo() throws Exception {
        try (RawBackend bad = RawBackend.answering("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
                RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(bad.uri(), good.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(of(proxy, 0).retries())
                    .satisfies(retries ->
                            assertThat(retries.get(RetryReason.STATUS)).isPositive());
            assertThat(of(proxy, 0).requests()).isEmpty();
        }
    }

    private static void counted(RunningProxy proxy, int backend, Map<RequestKind, Long> requests) {
        await().untilAsserted(() -> assertThat(of(proxy, backend).requests()).isEqualTo(requests));
    }

    private static Traffic of(RunningProxy proxy, int backend) {
        return Objects.requireNonNull(proxy.recorder()
                .byBackend()
                .get(proxy.pool().snapshot().members().get(backend).backend()));
    }

    private static RequestKind kind(MethodClass method, int statusClass, RequestOutcome outcome) {
        return new RequestKind(method, statusClass, ClientProtocol.HTTP1, outcome);
    }
}
