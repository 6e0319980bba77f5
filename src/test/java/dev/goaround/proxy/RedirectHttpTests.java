package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.settings.Cidr;
import dev.goaround.testing.Certificates;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plain port whose requests are sent to the one with TLS. */
class RedirectHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final Certificates SHOP = Certificates.forName("shop.example");

    private final RunningProxy.Builder with = RunningProxy.with();

    @BeforeEach
    void redirect() {
        with.served = List.of(SHOP);
        with.redirects = true;
    }

    @Test
    void namesThePortByWhichClientsReachTheOther() throws Exception {
        with.publicPort = 8443;
        assertThat(locationOf("/a%2Fb?c", "shop.example:8080")).isEqualTo("https://shop.example:8443/a%2Fb?c");
        with.publicPort = 443;
        assertThat(locationOf("/", "[2001:db8::1]:8080")).isEqualTo("https://[2001:db8::1]/");
        assertThat(locationOf("http://www.example:81?a", "other")).isEqualTo("https://www.example/?a");
    }

    private String locationOf(String target, String host) throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.redirectPort())) {
            Response response = client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                    .read();
            assertThat(response.status()).isEqualTo(308);
            assertThat(response.values("Connection")).containsExactly("close");
            assertThat(client.closedByServer()).isTrue();
            assertThat(backend.heads()).isEmpty();
            return response.values("Location").get(0);
        }
    }

    @Test
    void namesThePortItselfWhereThereIsNoOther() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.redirectPort())) {
            assertThat(client.get("/").values("Location"))
                    .containsExactly("https://test.example:" + proxy.port() + "/");
        }
    }

    @Test
    void clientsOfHttp3ComeByThatPortToo() throws Exception {
        with.publicPort = 8443;
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(tls(proxy.port()))) {
            assertThat(client.get("/").values("Alt-Svc")).containsExactly("h3=\":8443\"; ma=86400");
        }
    }

    private static java.net.Socket tls(int port) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, SHOP.authority().getTrustManagers(), null);
        return context.getSocketFactory().createSocket(java.net.InetAddress.getLoopbackAddress(), port);
    }

    @Test
    void challengesOfAcmePassToBackends() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.redirectPort());
                RawClient absolute = new RawClient(proxy.redirectPort())) {
            Response response = client.get("/.well-known/acme-challenge/to-ken_1?x");
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("ok");
            assertThat(response.values("Alt-Svc")).isEmpty();
            assertThat(client.closedByServer()).isTrue();
            absolute.send("GET http://a/.well-known/acme-challenge/b HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(absolute.read().status()).isEqualTo(200);

            assertThat(backend.heads().get(0))
                    .startsWith("GET /.well-known/acme-challenge/to-ken_1?x HTTP/1.1\r\n")
                    .contains("\r\nX-Forwarded-Proto: http\r\n");
            assertThat(backend.heads()).hasSize(2);
        }
    }

    @Test
    void aClientThatSendsNoMoreGetsTheResponseOfABackend() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    ended.await();
                    connection.send(OK);
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.redirectPort())) {
            client.send("GET /.well-known/acme-challenge/token HTTP/1.1\r\nHost: test.example\r\n\r\n");
            await().until(() -> backend.heads().size() == 1);
            client.socket().shutdownOutput();
            ended.countDown();

            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/.well-known/acme-challenge",
                "/.well-known/acme-challengers/a",
                "/.well-known/acme-challenge/../../admin",
                "/.well-known/acme-challenge/%2E%2e/admin",
                "/.well-known/acme-challenge/..%2Fadmin",
                "/.well-known/acme-challenge/..\\admin",
                "/a?/.well-known/acme-challenge/",
                "//.well-known/acme-challenge/a"
            })
    void whatOnlyLooksSimilarIsRedirected(String target) throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.redirectPort())) {
            assertThat(client.get(target).status()).isEqualTo(308);
            assertThat(backend.heads()).isEmpty();
        }
    }

    @Test
    void otherPathsPassWhereTheSettingSaysSo() throws Exception {
        with.plainPaths = List.of("/healthz");
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri())) {
            assertThat(status(proxy, "/healthz")).isEqualTo(200);
            assertThat(status(proxy, "/healthz/db?a")).isEqualTo(200);
            assertThat(status(proxy, "/healthzz")).isEqualTo(308);
            assertThat(status(proxy, "/.well-known/acme-challenge/a")).isEqualTo(308);
        }
    }

    private static int status(RunningProxy proxy, String target, String... fields) throws Exception {
        try (RawClient client = new RawClient(proxy.redirectPort())) {
            return client.get(target, fields).status();
        }
    }

    @Test
    void aLoadBalancerInFrontSaysWhoItsClientIsHereToo() throws Exception {
        with.proxyProtocol = List.of(Cidr.parse("127.0.0.0/8"));
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.redirectPort());
                RawClient challenge = new RawClient(proxy.redirectPort());
                RawClient without = new RawClient(proxy.redirectPort())) {
            client.send("PROXY TCP4 192.0.2.7 192.0.2.1 5000 80\r\n");
            assertThat(client.get("/").status()).isEqualTo(308);
            challenge.send("PROXY TCP4 192.0.2.7 192.0.2.1 5000 80\r\n");
            assertThat(challenge.get("/.well-known/acme-challenge/a").status()).isEqualTo(200);
            without.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(without.closedByServer()).isTrue();

            assertThat(backend.heads()).singleElement().asString().contains("\r\nX-Forwarded-For: 192.0.2.7\r\n");
        }
    }

    @Test
    void whoseClientSpeaksTlsInFrontIsNotSentThereAgain() throws Exception {
        with.trusted = List.of(Cidr.parse("127.0.0.0/8"));
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri())) {
            assertThat(status(proxy, "/", "X-Forwarded-Proto: https")).isEqualTo(200);
            assertThat(status(proxy, "/", "X-Forwarded-Proto: https, http")).isEqualTo(200);
            assertThat(status(proxy, "/", "Forwarded: for=192.0.2.7;proto=https"))
                    .isEqualTo(200);
            assertThat(status(proxy, "/", "X-Forwarded-Proto: http")).isEqualTo(308);
            assertThat(status(proxy, "/")).isEqualTo(308);
        }
    }

    @Test
    void nobodyElseSaysSo() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri())) {
            assertThat(status(proxy, "/", "X-Forwarded-Proto: https")).isEqualTo(308);
        }
    }

    @Test
    void whatIsMalformedIsRefused() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.redirectPort());
                RawClient noHost = new RawClient(proxy.redirectPort());
                RawClient asterisk = new RawClient(proxy.redirectPort())) {
            assertThat(client.send("GET / HTTP/1.1\r\nHost : a\r\n\r\n").read().status())
                    .isEqualTo(400);
            assertThat(noHost.send("GET / HTTP/1.0\r\n\r\n").read().status()).isEqualTo(400);
            assertThat(asterisk.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(400);
        }
    }

    @Test
    void connectionsHereCountAmongThoseOfClients() throws Exception {
        with.maxClients = 1;
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient first = new RawClient(proxy.redirectPort())) {
            first.send("GET / HT");
            await().until(() -> proxy.listenCounts().connections() == 1);
            try (RawClient second = new RawClient(proxy.redirectPort())) {
                assertThat(second.read().status()).isEqualTo(503);
            }
        }
    }
}
