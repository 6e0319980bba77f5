package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.settings.Cidr;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

/** Limits that are off unless somebody sets them, and fields that GoAround writes only when asked to. */
class LimitHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void turnsAwayConnectionsBeyondTheLimitUntilOneEnds(boolean perAddress) throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        if (perAddress) {
            with.maxClientsPerAddress = 2;
        } else {
            with.maxClients = 2;
        }
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient first = new RawClient(proxy.port());
                RawClient second = new RawClient(proxy.port())) {
            assertThat(first.get("/").status()).isEqualTo(200);
            assertThat(second.get("/").status()).isEqualTo(200);
            try (RawClient third = new RawClient(proxy.port())) {
                Response refusal = third.read();
                assertThat(refusal.status()).isEqualTo(503);
                assertThat(refusal.values("Proxy-Status")).containsExactly("goaround; error=connection_limit_reached");
                assertThat(refusal.values("Connection")).containsExactly("close");
                assertThat(third.closedByServer()).isTrue();
            }
            assertThat(first.get("/").status()).isEqualTo(200);

            first.leave();
            Awaitility.await().until(() -> {
                try (RawClient next = new RawClient(proxy.port())) {
                    return next.get("/").status() == 200;
                } catch (java.io.IOException turnedAway) {
                    return false;
                }
            });
        }
    }

    @Test
    void theLimitOfAnAddressIsThatOfTheClientThatALoadBalancerNames() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxClientsPerAddress = 1;
        with.proxyProtocol = List.of(Cidr.parse("127.0.0.0/8"));
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient first = new RawClient(proxy.port());
                RawClient second = new RawClient(proxy.port());
                RawClient own = new RawClient(proxy.port());
                RawClient another = new RawClient(proxy.port())) {
            first.send("PROXY TCP4 192.0.2.1 192.0.2.9 5000 80\r\n");
            assertThat(first.get("/").status()).isEqualTo(200);
            second.send("PROXY TCP4 192.0.2.2 192.0.2.9 5000 80\r\n");
            assertThat(second.get("/").status()).isEqualTo(200);
            own.send("PROXY UNKNOWN\r\n");
            assertThat(own.get("/").status()).isEqualTo(200);
            another.send("PROXY UNKNOWN\r\n");
            assertThat(another.get("/").status()).isEqualTo(200);
            try (RawClient third = new RawClient(proxy.port())) {
                third.send("PROXY TCP4 192.0.2.1 192.0.2.9 5001 80\r\n");
                assertThat(third.read().status()).isEqualTo(503);
                assertThat(third.closedByServer()).isTrue();
            }

            first.leave();
            Awaitility.await().until(() -> {
                try (RawClient next = new RawClient(proxy.port())) {
                    return next.send("PROXY TCP4 192.0.2.1 192.0.2.9 5002 80\r\n")
                                    .get("/")
                                    .status()
                            == 200;
                } catch (java.io.IOException turnedAway) {
                    return false;
                }
            });
        }
    }

    @Test
    void theLimitOfAnAddressIsForRequestsUnderWayOfAClientThatATrustedProxyNames() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.maxClientsPerAddress = 1;
        with.trusted = List.of(Cidr.parse("127.0.0.0/8"));
        CountDownLatch first = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                        if (head.startsWith("GET /slow")) {
                            first.await();
                        }
                        connection.send(OK);
                    }
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient one = new RawClient(proxy.port());
                RawClient two = new RawClient(proxy.port());
                RawClient unnamed = new RawClient(proxy.port());
                RawClient three = new RawClient(proxy.port())) {
            one.send("GET /slow HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1:1\r\n\r\n");
            Awaitility.await().until(() -> backend.heads().size() == 1);

            assertThat(two.get("/", "X-Forwarded-For: 192.0.2.2").status()).isEqualTo(200);
            assertThat(two.get("/", "Forwarded: for=192.0.2.3").status()).isEqualTo(200);
            assertThat(unnamed.get("/").status()).isEqualTo(200);
            Response refused = three.get("/", "X-Forwarded-For: 192.0.2.1:2");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.values("Proxy-Status")).containsExactly("goaround; error=connection_limit_reached");

            first.countDown();
            assertThat(one.read().status()).isEqualTo(200);
            assertThat(one.get("/", "X-Forwarded-For: 192.0.2.1:3").status()).isEqualTo(200);
        } finally {
            first.countDown();
        }
    }

    @Test
    void closesAConnectionAfterItsLastRequest() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.requestsPerConnection = 2;
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/1").values("Connection")).isEmpty();
            assertThat(client.get("/2").values("Connection")).containsExactly("close");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void refusesAnAnswerWhoseHeaderIsTooLarge() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.responseHeaderLimit = DataSize.ofKilobytes(1);
        try (RawBackend backend = RawBackend.answering(
                        "HTTP/1.1 200 OK\r\nX: " + "a".repeat(1100) + "\r\nContent-Length: 0\r\n\r\n");
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.exchange("POST", "/", "Content-Length: 0").status())
                    .isEqualTo(502);
        }
    }

    @Test
    void answersOptionsThatMustGoNoFurtherAndCountsOthersDown() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.exchange("OPTIONS", "/", "Max-Forwards: 0").status())
                    .isEqualTo(204);
            assertThat(client.exchange("OPTIONS", "*", "Max-Forwards: 0").status())
                    .isEqualTo(204);
            assertThat(backend.heads()).isEmpty();

            client.exchange("OPTIONS", "/", "Max-Forwards: 3");
            client.exchange("OPTIONS", "/", "Max-Forwards: many");
            client.exchange("GET", "/", "Max-Forwards: 0");
            assertThat(backend.heads().get(0)).contains("\r\nMax-Forwards: 2\r\n");
            assertThat(backend.heads().get(1)).contains("\r\nMax-Forwards: many\r\n");
            assertThat(backend.heads().get(2)).contains("\r\nMax-Forwards: 0\r\n");
        }
    }
}
