package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.pool.Protocol;
import dev.goaround.settings.Cidr;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import dev.goaround.testing.RawHttp2;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Good traffic passes unaltered. */
class ForwardingHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @Test
    void forwardsAGetAndItsAnswer() throws Exception {
        try (RawBackend backend =
                        RawBackend.answering("HTTP/1.1 200 Very Fine\r\nX-B: 1\r\nContent-Length: 2\r\n\r\nok");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response response = client.get("/a/b?c=d");

            assertThat(response.statusLine()).isEqualTo("HTTP/1.1 200 Very Fine");
            assertThat(response.body()).isEqualTo("ok");
            assertThat(response.values("X-B")).containsExactly("1");
            assertThat(backend.heads().get(0)).startsWith("GET /a/b?c=d HTTP/1.1\r\nHost: test.example\r\n");
        }
    }

    @Test
    void keepsOrderCaseAndRepetitionOfFieldsBothWays() throws Exception {
        try (RawBackend backend = RawBackend.answering(
                        "HTTP/1.1 200 OK\r\nX-Z: 1\r\nDate: x\r\nx-z: 2\r\nContent-Length: 0\r\n\r\n");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response response = client.get("/", "X-A: 1", "B: \u00e9", "x-a: 2");

            assertThat(response.head())
                    .isEqualTo("HTTP/1.1 200 OK\r\nX-Z: 1\r\nDate: x\r\nx-z: 2\r\nContent-Length: 0\r\n\r\n");
            assertThat(backend.heads().get(0)).contains("\r\nX-A: 1\r\nB: \u00e9\r\nx-a: 2\r\n");
        }
    }

    @Test
    void tellsTheBackendAboutTheClientAndAddsNothingElse() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get(
                    "/",
                    "X-Forwarded-For: 6.6.6.6",
                    "Forwarded: for=6.6.6.6",
                    "X-Real-IP: 6.6.6.6",
                    "X_Real_IP: 6.6.6.6");

            assertThat(backend.heads().get(0)).isEqualTo("""
                            GET / HTTP/1.1
                            Host: test.example
                            X-Forwarded-For: 127.0.0.1
                            X-Forwarded-Proto: http
                            X-Forwarded-Host: test.example
                            X-Forwarded-Port: 80
                            Forwarded: for=127.0.0.1;host="test.example";proto=http
                            Via: 1.1 goaround

                            """.replace("\n", "\r\n"));
        }
    }

    @Test
    void whatATrustedProxySaysIsKeptAndAppendedTo() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.trusted = List.of(Cidr.parse("127.0.0.0/8"));
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get("/", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "Forwarded: for=6.6.6.6");

            assertThat(backend.heads().get(0))
                    .contains("\r\nX-Forwarded-For: 6.6.6.6, 127.0.0.1\r\n")
                    .contains("\r\nX-Forwarded-Proto: https\r\n")
                    .contains("\r\nForwarded: for=6.6.6.6;host=\"test.example\";proto=https,"
                            + " for=127.0.0.1;host=\"test.example\";proto=http\r\n")
                    .contains("\r\nX-Forwarded-Port: 443\r\n");
        }
    }

    @Test
    void aConditionalRequestIsTheBackendsAffair() throws Exception {
        try (RawBackend backend =
                        RawBackend.answering("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 2\r\n\r\nok");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response response = client.get("/", "If-None-Match: \"v1\"");

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("ok");
        }
    }

    @Test
    void aCompressedBodyStaysCompressed() throws Exception {
        try (RawBackend backend = RawBackend.answering(
                        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u001f\u008b\u0008\u0000");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response response = client.get("/");

            assertThat(response.values("Content-Encoding")).containsExactly("gzip");
            assertThat(response.values("Transfer-Encoding")).isEmpty();
            assertThat(response.body()).isEqualTo("\u001f\u008b\u0008\u0000");
            assertThat(backend.heads().get(0)).doesNotContainIgnoringCase("accept-encoding");
        }
    }

    @Test
    void interimAnswersReachTheirOwnClientOnly() throws Exception {
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 3; i++) {
                Response interim = client.get("/");
                Response last = client.read();

                assertThat(interim.status()).isEqualTo(103);
                assertThat(interim.values("Link")).containsExactly("</a>");
                assertThat(last.status()).isEqualTo(200);
                assertThat(last.body()).isEqualTo("ok");
            }
            assertThat(backend.connections()).isEqualTo(1);
        }
    }

    @Test
    void anHttp10ClientGetsNoInterimAnswerAndAClosedConnection() throws Exception {
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 103 Early Hints\r\n\r\n" + OK);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response response = client.send("GET / HTTP/1.0\r\n\r\n").read();

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("ok");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void streamsAnAnswerBeforeItIsComplete() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
                    // The rest follows when the client has seen the first part and asked again.
                    connection.readHead();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

            assertThat(client.readHead()).contains("Transfer-Encoding: chunked");
            assertThat(client.readBytes(10)).isEqualTo("5\r\nfirst\r\n");
        }
    }

    @Test
    void streamsARequestBeforeItIsComplete() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    String first = connection.readBytes(10);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + first.substring(3, 8));
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");

            assertThat(client.read().body()).isEqualTo("first");
        }
    }

    @Test
    void trailersPassBothWaysOnChunkedMessages() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.trustedFields = List.of("X-Tenant");
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    String body = connection.readBytes("3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n".length());
                    assertThat(body).isEqualTo("3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
                    connection.send(
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 2\r\nX_Real_IP: 1\r\n\r\n");
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\nabc\r\n0\r\nX-Sum: 1\r\nHost: evil\r\n"
                    + "X-Forwarded-For: 6.6.6.6\r\nx-forwarded-Proto: https\r\nForwarded: for=6.6.6.6\r\nVia: 1.1 evil\r\n"
                    + "X-Real-IP: 6.6.6.6\r\nX_Real_IP: 6.6.6.6\r\nX_Tenant: evil\r\n\r\n");

            assertThat(client.read().body()).isEqualTo("ok<X-T: 2>");
        }
    }

    @Test
    void optionsOfAUrlWithoutAPathAsksForTheServerAsAWhole() throws Exception {
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 204 No Content\r\n\r\n");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("OPTIONS http://shop.example HTTP/1.1\r\nHost: other\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(204);

            assertThat(backend.heads())
                    .singleElement()
                    .asString()
                    .startsWith("OPTIONS * HTTP/1.1\r\n")
                    .contains("Host: shop.example\r\n");
        }
    }

    @Test
    void aLoadBalancerInFrontSaysWhoItsClientIs() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.proxyProtocol = List.of(Cidr.parse("127.0.0.0/8"));
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 204 No Content\r\n\r\n");
                RunningProxy proxy = with.over(backend.uri());
                RawClient first = new RawClient(proxy.port());
                RawClient second = new RawClient(proxy.port());
                RawClient own = new RawClient(proxy.port());
                RawClient without = new RawClient(proxy.port())) {
            first.send("PROXY TCP4 192.0.2.7 192.0.2.1 5000 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(first.read().status()).isEqualTo(204);
            second.send("\r\n\r\n\0\r\nQUIT\n!!\0$")
                    .send(" \1\r\u00b8" + "\0".repeat(11) + "\1" + "\0".repeat(16))
                    .send("\20\0\0PGET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(second.read().status()).isEqualTo(204);
            own.send("PROXY UNKNOWN\r\n");
            assertThat(own.get("/").status()).isEqualTo(204);

            assertThat(backend.heads().get(0)).contains("\r\nX-Forwarded-For: 192.0.2.7\r\n");
            assertThat(backend.heads().get(1)).contains("\r\nX-Forwarded-For: 2001:db8:0:0:0:0:0:1\r\n");
            assertThat(backend.heads().get(2)).contains("\r\nX-Forwarded-For: 127.0.0.1\r\n");
            without.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(without.closedByServer()).isTrue();
            assertThat(backend.heads()).hasSize(3);
        }
    }

    /** The header of version 2 with TLS and its parts (PP2_TYPE_SSL), as HAProxy's send-proxy-v2-ssl has it. */
    @Test
    void aLoadBalancerInFrontSaysThatItsClientSpeaksTls() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.proxyProtocol = List.of(Cidr.parse("127.0.0.0/8"));
        String signature = "\r\n\r\n\0\r\nQUIT\n";
        String ends = "\u00c0\0\2\7\u00c0\0\2\1\23\u0088\1\u00bb";
        String tls = " \0\17\1\0\0\0\0!\0\7TLSv1.3";
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 204 No Content\r\n\r\n");
                RunningProxy proxy = with.over(backend.uri());
                RawClient over = new RawClient(proxy.port());
                RawClient without = new RawClient(proxy.port());
                RawClient own = new RawClient(proxy.port())) {
            over.send(signature + "!\u0011\0\36" + ends + tls);
            assertThat(over.get("/").status()).isEqualTo(204);
            // The same, but without the bit that says so.
            without.send(signature + "!\u0011\0\36" + ends + tls.replace('\1', '\0'));
            assertThat(without.get("/").status()).isEqualTo(204);
            // What it says of a connection of its own counts for nothing.
            own.send(signature + " \0\0\22" + tls);
            assertThat(own.get("/").status()).isEqualTo(204);

            assertThat(backend.heads().get(0))
                    .contains("\r\nX-Forwarded-For: 192.0.2.7\r\n", "\r\nX-Forwarded-Proto: https\r\n")
                    .contains("\r\nX-Forwarded-Port: 443\r\n")
                    .contains("\r\nForwarded: for=192.0.2.7;host=\"test.example\";proto=https\r\n");
            assertThat(backend.heads().get(1)).contains("\r\nX-Forwarded-Proto: http\r\n");
            assertThat(backend.heads().get(2)).contains("\r\nX-Forwarded-Proto: http\r\n");
        }
    }

    @Test
    void headAnswersKeepTheirLengthAndTheConnection() throws Exception {
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 2; i++) {
                assertThat(client.exchange("HEAD", "/").values("Content-Length"))
                        .containsExactly("1234");
            }
            assertThat(backend.connections()).isEqualTo(1);
        }
    }

    @Test
    void notModifiedKeepsItsLength() throws Exception {
        try (RawBackend backend =
                        RawBackend.answering("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 99\r\n\r\n");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response first = client.get("/");
            assertThat(first.status()).isEqualTo(304);
            assertThat(first.values("Content-Length")).containsExactly("99");
            assertThat(client.get("/").status()).isEqualTo(304);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/%2F/%zz/a%20b",
                "//a/./b/../c;v=1",
                "/a?",
                "/?a=|^{}\"\\`",
                "/caf\u00c3\u00a9",
                "/a#b",
                "/http://x?y=http://z"
            })
    void theTargetPassesByteForByte(String target) throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get(target).status()).isEqualTo(200);
            assertThat(backend.heads().get(0)).startsWith("GET " + target + " HTTP/1.1\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {418, 599, 600, 799, 999})
    void anyStatusPasses(int status) throws Exception {
        RunningProxy.Builder http2 = RunningProxy.with();
        http2.protocol = Protocol.H2C;
        try (RawBackend backend =
                        RawBackend.answering("HTTP/1.1 " + status + " Whatever\r\nContent-Length: 2\r\n\r\nok");
                RawBackend ofHttp2 = RawBackend.running(connection -> {
                    RawHttp2 frames = RawHttp2.on(connection);
                    frames.head(frames.readRequest(), status, true);
                    connection.drain();
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RunningProxy toHttp2 = http2.over(ofHttp2.uri());
                RawClient client = new RawClient(proxy.port());
                RawClient clientOfHttp2 = new RawClient(toHttp2.port())) {
            for (int i = 0; i < 6; i++) {
                RawClient.Response passed = client.get("/");
                assertThat(passed.statusLine()).isEqualTo("HTTP/1.1 " + status + " Whatever");
                assertThat(passed.body()).isEqualTo("ok");
            }
            assertThat(clientOfHttp2.get("/").status()).isEqualTo(status);
            assertThat(proxy.pool().snapshot().members()).allMatch(member -> member.healthy());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://a.example/x, a.example:80",
        "http://a.example:80/x, A.EXAMPLE",
        "HTTP://A.example:/x, a.example:80"
    })
    void anAbsoluteTargetPassesWhateverTheSpellingOfItsHost(String target, String host) throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");

            assertThat(client.read().status()).isEqualTo(200);
            assertThat(backend.heads().get(0)).startsWith("GET /x HTTP/1.1\r\n");
        }
    }

    @Test
    void anAbsoluteTargetBecomesItsPathAndHost() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET http://real.example:81/a?b HTTP/1.1\r\nHost: other\r\n\r\n")
                    .read();

            assertThat(backend.heads().get(0))
                    .startsWith("GET /a?b HTTP/1.1\r\n")
                    .contains("\r\nHost: real.example:81\r\n")
                    .doesNotContain("other");
        }
    }

    @Test
    void theBasePathOfABackendComesFirst() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri().resolve("/base/"));
                RawClient client = new RawClient(proxy.port())) {
            client.get("/a?b");

            assertThat(backend.heads().get(0)).startsWith("GET /base/a?b HTTP/1.1\r\n");
        }
    }

    @Test
    void theBackendsOwnHostIsSentIfTheClientsIsNotPreserved() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.preserveHost = false;
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get("/");

            assertThat(backend.heads().get(0))
                    .contains("\r\nHost: " + backend.uri().getAuthority() + "\r\n")
                    .contains("\r\nX-Forwarded-Host: test.example\r\n");
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + head.substring(4, 6));
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 5; i++) {
                requests.append("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            client.send(requests.toString());

            for (int i = 0; i < 5; i++) {
                assertThat(client.read().body()).isEqualTo("/" + i);
            }
        }
    }

    @Test
    void anyMethodPassesButThoseThatMustNot() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = RunningProxy.over(backend.uri())) {
            for (String method : new String[] {"PROPFIND", "M-SEARCH", "FOO", "OPTIONS", "POST"}) {
                try (RawClient client = new RawClient(proxy.port())) {
                    assertThat(client.exchange(method, "/").status()).as(method).isEqualTo(200);
                }
            }
            for (String method : new String[] {"TRACE", "CONNECT"}) {
                try (RawClient client = new RawClient(proxy.port())) {
                    assertThat(client.exchange(method, "/").status()).as(method).isEqualTo(501);
                }
            }
            assertThat(backend.heads())
                    .hasSize(5)
                    .noneMatch(head -> head.contains("ransfer-") || head.contains("ontent-"));
        }
    }
}
