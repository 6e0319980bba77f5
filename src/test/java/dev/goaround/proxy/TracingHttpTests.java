package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.testing.OtlpReceiver;
import dev.goaround.testing.OtlpReceiver.Span;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import dev.goaround.tracing.TracingSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Spans as a collector gets them. */
class TracingHttpTests {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00f067aa0ba902b7";

    private final RunningProxy.Builder with = RunningProxy.with();

    private void trace(OtlpReceiver collector, double ratio) {
        with.tracing = new TracingSettings(collector.endpoint(), ratio, "edge");
    }

    private static List<Span> received(OtlpReceiver collector, int count) {
        await().until(() -> collector.spans().size() >= count);
        assertThat(collector.spans()).hasSize(count);
        return collector.spans();
    }

    private static Span server(List<Span> spans) {
        return spans.stream().filter(Span::server).findFirst().orElseThrow();
    }

    private static List<Span> clients(List<Span> spans) {
        return spans.stream().filter(Span::client).toList();
    }

    private static List<String> sent(RawBackend backend, int request, String field) {
        return new Response(backend.heads().get(request), "").values(field);
    }

    @Test
    void withoutTracesTheFieldsPassAsTheyAre() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK);
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.get("/", "traceparent: 00-" + TRACE + "-" + PARENT + "-01", "TraceState: a=b", "tracestate: c=d");
            client.get("/", "traceparent: nonsense");
            client.get("/");

            assertThat(backend.heads().get(0))
                    .contains("\r\ntraceparent: 00-" + TRACE + "-" + PARENT + "-01\r\nTraceState: a=b\r\n"
                            + "tracestate: c=d\r\n");
            assertThat(sent(backend, 1, "traceparent")).containsExactly("nonsense");
            assertThat(backend.heads().get(2)).doesNotContainIgnoringCase("trace");
        }
    }

    @Test
    void aRequestAndItsAttemptAreSpansOfTheClientsTrace() throws Exception {
        try (OtlpReceiver collector = new OtlpReceiver();
                RawBackend backend = RawBackend.answering(OK)) {
            trace(collector, 0);
            try (RunningProxy proxy = with.over(backend.uri());
                    RawClient client = new RawClient(proxy.port())) {
                client.get(
                        "/a?secret=1",
                        "traceparent: 00-" + TRACE + "-" + PARENT + "-01",
                        "tracestate: vendor=x",
                        "User-Agent: me");
                List<Span> spans = received(collector, 2);
                Span server = server(spans);
                Span attempt = clients(spans).get(0);

                assertThat(server.service()).isEqualTo("edge");
                assertThat(server.traceId()).isEqualTo(TRACE);
                assertThat(server.parentId()).isEqualTo(PARENT);
                assertThat(server.name()).isEqualTo("GET");
                assertThat(server.status()).isZero();
                assertThat(server.nanos()).isGreaterThanOrEqualTo(attempt.nanos());
                assertThat(server.attributes())
                        .containsEntry("http.request.method", "GET")
                        .containsEntry("url.path", "/a")
                        .containsEntry("url.scheme", "http")
                        .containsEntry("http.response.status_code", "200")
                        .containsEntry("network.protocol.version", "1.1")
                        .containsEntry("client.address", "127.0.0.1")
                        .containsEntry("server.address", "test.example")
                        .containsEntry("user_agent.original", "me")
                        .containsKey("goaround.request.id");
                assertThat(attempt.traceId()).isEqualTo(TRACE);
                assertThat(attempt.parentId()).isEqualTo(server.spanId());
                assertThat(attempt.attributes())
                        .containsEntry("http.request.method", "GET")
                        .containsEntry("url.full", backend.uri() + "/a")
                        .containsEntry("server.address", "127.0.0.1")
                        .containsEntry(
                                "server.port", Integer.toString(backend.uri().getPort()))
                        .containsEntry("http.response.status_code", "200");
                assertThat(sent(backend, 0, "traceparent"))
                        .containsExactly("00-" + TRACE + "-" + attempt.spanId() + "-01");
                assertThat(sent(backend, 0, "tracestate")).containsExactly("vendor=x");
            }
        }
    }

    @Test
    void eachAttemptIsASpan() throws Exception {
        try (OtlpReceiver collector = new OtlpReceiver();
                RawBackend good = RawBackend.answering(OK)) {
            trace(collector, 1);
            try (RunningProxy proxy = with.over(FailureHttpTests.nobody(), good.uri());
                    RawClient client = new RawClient(proxy.port())) {
                assertThat(client.get("/").status()).isEqualTo(200);
                List<Span> attempts = clients(received(collector, 3));

                assertThat(attempts.get(0).attributes())
                        .containsEntry("error.type", "unreachable")
                        .doesNotContainKey("http.request.resend_count");
                assertThat(attempts.get(0).status()).isEqualTo(2);
                assertThat(attempts.get(1).attributes())
                        .containsEntry("http.request.resend_count", "1")
                        .containsEntry("http.response.status_code", "200");
                assertThat(sent(good, 0, "traceparent").get(0))
                        .contains(attempts.get(1).spanId());
            }
        }
    }

    @Test
    void whatTheClientDecidedNotToTraceIsNotTraced() throws Exception {
        try (OtlpReceiver collector = new OtlpReceiver();
                RawBackend backend = RawBackend.answering(OK)) {
            trace(collector, 1);
            try (RunningProxy proxy = with.over(backend.uri());
                    RawClient client = new RawClient(proxy.port())) {
                client.get("/not", "traceparent: 00-" + TRACE + "-" + PARENT + "-00");
                client.get("/traced");
                received(collector, 2);

                assertThat(server(collector.spans()).attributes()).containsEntry("url.path", "/traced");
                assertThat(sent(backend, 0, "traceparent").get(0))
                        .startsWith("00-" + TRACE + "-")
                        .endsWith("-00");
                assertThat(sent(backend, 1, "traceparent").get(0)).matches(".*-0[13]"); // 2 says that the id is random.
            }
        }
    }

    @Test
    void whatGoesWrongIsAnError() throws Exception {
        try (OtlpReceiver collector = new OtlpReceiver()) {
            trace(collector, 1);
            try (RunningProxy proxy = with.over();
                    RawClient client = new RawClient(proxy.port())) {
                client.exchange("SURPRISE", "/");
                Span server = received(collector, 1).get(0);

                assertThat(server.name()).isEqualTo("HTTP");
                assertThat(server.status()).isEqualTo(2);
                assertThat(server.attributes())
                        .containsEntry("http.request.method", "_OTHER")
                        .containsEntry("http.request.method_original", "SURPRISE")
                        .containsEntry("http.response.status_code", "503")
                        .containsEntry("error.type", "destination_unavailable");
            }
        }
    }

    @Test
    void theEndSendsWhatWaits() throws Exception {
        try (OtlpReceiver collector = new OtlpReceiver();
                RawBackend backend = RawBackend.answering(OK)) {
            trace(collector, 1);
            try (RunningProxy proxy = with.over(backend.uri());
                    RawClient client = new RawClient(proxy.port())) {
                client.get("/");
                proxy.awaitEnded(1);
            }
            assertThat(collector.spans()).hasSize(2);
        }
    }

    @Test
    void aCollectorThatIsNotThereHarmsNobody() throws Exception {
        try (RawBackend backend = RawBackend.answering(OK)) {
            with.tracing = new TracingSettings(FailureHttpTests.nobody().resolve("/v1/traces"), 1, "edge");
            try (RunningProxy proxy = with.over(backend.uri());
                    RawClient client = new RawClient(proxy.port())) {
                for (int i = 0; i < 100; i++) {
                    assertThat(client.get("/").status()).isEqualTo(200);
                }
            }
        }
    }
}
