package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No byte of one exchange ever becomes part of another. */
class DesyncHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 200 OK\r\nX-Secret: 1\r\nX: ",
                "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 200 OK\r\nX-Secret: 1\r\n",
                "HTTP/1.1 204 No Content\r\n\r\nhello",
                "HTTP/1.1 304 Not Modified\r\n\r\nhello",
            })
    void whatFollowsAnAnswerWithoutABodyReachesNobody(String answer) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (RawBackend backend = RawBackend.running(connection -> {
                    while (!connection.readHead().isEmpty()) {
                        connection.send(asked.getAndIncrement() == 0 ? answer : OK);
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient victim = new RawClient(proxy.port());
                RawClient other = new RawClient(proxy.port())) {
            victim.exchange("HEAD", "/");

            for (RawClient client : new RawClient[] {other, victim, other}) {
                RawClient.Response response = client.get("/");
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.head()).doesNotContain("Secret");
                assertThat(response.body()).isEqualTo("ok");
            }
        }
    }

    @Test
    void aSecondAnswerIsNotTakenForThatOfTheNextPipelinedRequest() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (RawBackend backend = RawBackend.running(connection -> {
                    while (!connection.readHead().isEmpty()) {
                        boolean first = asked.getAndIncrement() == 0;
                        connection.send(first ? OK + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nEVIL!" : OK);
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");

            assertThat(client.read().body()).isEqualTo("ok");
            assertThat(client.read().body()).isEqualTo("ok");
            assertThat(backend.heads()).hasSize(2);
        }
    }

    @Test
    void aRequestThatTheBackendDidNotReadWholeIsNotFollowedByAnother() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send(OK);
                    over.await();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            for (int i = 0; i < 3; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n");
                    client.send("x".repeat(9_000_000));
                    assertThat(client.read().status()).isEqualTo(200);
                }
            }
            assertThat(backend.connections()).isEqualTo(3);
            over.countDown();
        }
    }

    @Test
    void theHostOfOneBackendIsNotSentToAnother() throws Exception {
        try (RawBackend broken = RawBackend.running(RawBackend.Connection::readHead);
                RawBackend good = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(broken.uri(), good.uri())) {
            for (int i = 0; i < 2; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    assertThat(client.send("GET / HTTP/1.0\r\n\r\n").read().status())
                            .isEqualTo(200);
                }
            }
            assertThat(broken.heads()).isNotEmpty();
            assertThat(good.heads())
                    .allSatisfy(head -> assertThat(head)
                            .contains("\r\nHost: " + good.uri().getAuthority() + "\r\n")
                            .doesNotContain(broken.uri().getAuthority()));
        }
    }
}
