package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.settings.Cidr;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestIdHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String UUID_7 = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

    private final RunningProxy.Builder with = RunningProxy.with();

    {
        with.requestId = "X-Request-Id";
    }

    private void trustTheClient() {
        with.trusted = List.of(Cidr.valueOf("127.0.0.0/8"));
    }

    @Test
    void backendAndClientSeeTheSameIdAndEachRequestItsOwn() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            String first = id(client.get("/"));
            String second = id(client.get("/"));

            assertThat(first).matches(UUID_7).isNotEqualTo(second);
            assertThat(second).matches(UUID_7);
            assertThat(sent(backend, 0)).containsExactly(first);
            assertThat(sent(backend, 1)).containsExactly(second);
        }
    }

    @Test
    void anIdIsNotTakenFromJustAnybody() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            String id = id(client.get("/", "x-request-id: mine", "X_Request_ID: mine"));

            assertThat(id).matches(UUID_7);
            assertThat(sent(backend, 0)).containsExactly(id);
            assertThat(backend.heads().get(0)).doesNotContain("mine");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mine",
                "Root=1-67891233-abcdef012345678912345678",
                "01JD-7/aZ+_~.:@",
                "0123456789012345678901234567890123456789012345678901234567890123"
                        + "0123456789012345678901234567890123456789012345678901234567890123",
            })
    void aTrustedProxysIdPassesAsItIs(String given) throws Exception {
        trustTheClient();
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(id(client.get("/", "x-request-id: " + given))).isEqualTo(given);
            assertThat(backend.heads().get(0)).contains("\r\nx-request-id: " + given + "\r\n");
            assertThat(sent(backend, 0)).containsExactly(given);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "two words",
                "quo\"te",
                "back\\slash",
                "a,b",
                "<script>",
                "caf\u00e9",
                "0123456789012345678901234567890123456789012345678901234567890123"
                        + "01234567890123456789012345678901234567890123456789012345678901234",
                "one\r\nX-Request-Id: two",
            })
    void whatIsNoIdIsReplacedEvenFromATrustedProxy(String given) throws Exception {
        trustTheClient();
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            String id = id(client.get("/", "X-Request-Id: " + given));

            assertThat(id).matches(UUID_7);
            assertThat(sent(backend, 0)).containsExactly(id);
        }
    }

    @Test
    void aClientCanNotHaveItTakenAway() throws Exception {
        trustTheClient();
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get("/", "X-Request-Id: mine", "Connection: x-request-id");

            assertThat(sent(backend, 0)).containsExactly("mine");
        }
    }

    @Test
    void theClientGetsOursAndNotWhatTheBackendSays() throws Exception {
        try (RawBackend backend =
                        RawBackend.answering("HTTP/1.1 200 OK\r\nx-request-id: theirs\r\nContent-Length: 2\r\n\r\nok");
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(id(client.get("/"))).matches(UUID_7);
        }
    }

    @Test
    void answersOfGoAroundsOwnCarryItAsWell() throws Exception {
        try (RunningProxy proxy = with.over();
                RawClient client = new RawClient(proxy.port())) {
            Response unavailable = client.get("/");

            assertThat(unavailable.status()).isEqualTo(503);
            assertThat(id(unavailable)).matches(UUID_7);
            assertThat(proxy.troubles(1)).extracting(trouble -> trouble.id()).containsExactly(id(unavailable));
            Response denied = client.exchange("TRACE", "/");
            assertThat(denied.status()).isEqualTo(501);
            assertThat(id(denied)).matches(UUID_7);
        }
        try (RunningProxy proxy = with.over();
                RawClient client = new RawClient(proxy.port())) {
            Response malformed =
                    client.send("GET / HTTP/1.1\r\nHo st: x\r\n\r\n").read();

            assertThat(malformed.status()).isEqualTo(400);
            assertThat(id(malformed)).matches(UUID_7);
        }
    }

    @Test
    void withoutTheSettingNothingIsAddedAndFailuresHaveAnIdAllTheSame() throws Exception {
        with.requestId = null;
        try (RawBackend backend = RawBackend.running(RawBackend.Connection::readHead);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response failed = client.exchange("POST", "/", "x-request-id: mine", "Content-Length: 0");

            assertThat(failed.status()).isEqualTo(502);
            assertThat(failed.head()).doesNotContainIgnoringCase("request-id");
            assertThat(sent(backend, 0)).containsExactly("mine");
            assertThat(proxy.troubles(1))
                    .isNotEmpty()
                    .allSatisfy(trouble -> assertThat(trouble.id()).matches(UUID_7));
        }
    }

    private static String id(Response response) {
        assertThat(response.values("X-Request-Id")).hasSize(1);
        return response.values("X-Request-Id").get(0);
    }

    private static List<String> sent(RawBackend backend, int request) {
        return new Response(backend.heads().get(request), "").values("X-Request-Id");
    }
}
