package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.Protocol;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawHttp2;
import dev.goaround.testing.RawHttp2Client;
import dev.goaround.testing.RawHttp2Client.Frame;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One stream of a connection is reset, by either end: that is about the stream and reaches its other end (RFC 9113 sections 5.4.2 and 7). */
class StreamResetHttpTests {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    @ParameterizedTest
    @CsvSource({
        "0, 2", // NO_ERROR would say that the response is whole
        "1, 1",
        "2, 2",
        "3, 2", // FLOW_CONTROL_ERROR is about the other connection
        "7, 2", // REFUSED_STREAM would say that nothing was done
        "8, 8",
        "10, 10",
        "11, 11",
        "12, 2",
        "13, 13",
        "14, 2", // unknown
        "4294967295, 2",
    })
    void theClientLearnsTheCodeWithWhichItsResponseWasBrokenOff(long sent, int received) throws Exception {
        List<Outcome> outcomes = new CopyOnWriteArrayList<>();
        try (RawBackend backend = resettingAfterHead((int) sent);
                RunningProxy proxy = http2().over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            proxy.pool().observe((on, outcome, began) -> outcomes.add(outcome));
            client.get(1, "/broken").get(3, "/whole").flush();

            assertThat(resetOf(client, 1)).isEqualTo(received);
            client.get(5, "/whole").flush();
            Frame frame = client.read();
            while (!(frame.stream() == 5 && frame.endsStream())) {
                frame = client.read();
            }
            assertThat(backend.connections()).as("the others live on").isEqualTo(1);
            await().atMost(PATIENCE).until(() -> outcomes.size() == 3);
            assertThat(outcomes)
                    .filteredOn(Failed.class::isInstance)
                    .singleElement()
                    .satisfies(failed -> assertThat(
                                    ((Failed) failed).circumstances().streamError())
                            .isEqualTo(sent));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RawHttp2.NO_ERROR, RawHttp2.CANCEL})
    void whatEndsAStreamWithoutAnErrorIsNoFailureOfTheBackend(int code) throws Exception {
        try (RawBackend backend = resettingAfterHead(code);
                RunningProxy proxy = http2().over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/broken").body()).endsWith("<cut>");

            await().atMost(PATIENCE).until(() -> StalledHttpTests.backend(proxy).inFlight() == 0);
            assertThat(StalledHttpTests.backend(proxy).failures()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 1", "0, 13", "2, 13", "1, 13", "11, 8", "12, 7"})
    void aGrpcClientLearnsWhatTheCodeMeansWhereThereIsNoResponse(int code, String status) throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    for (int stream = http2.readRequest(); stream > 0; stream = http2.readRequest()) {
                        http2.reset(stream, code);
                    }
                });
                RunningProxy proxy = http2().over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            RawClient.Response refused = client.send(
                            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n")
                    .read();
            assertThat(refused.values("grpc-status")).containsExactly(status);

            assertThat(client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(502);
            assertThat(backend.connections()).isEqualTo(1);
        }
    }

    @Test
    void aWholeResponsePassesWhateverResetsTheRestOfTheRequest() throws Exception {
        List<Outcome> outcomes = new CopyOnWriteArrayList<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    for (int stream = http2.readRequest(); stream > 0; stream = http2.readRequest()) {
                        http2.head(stream, 413, false).data(stream, HELLO, true).reset(stream, RawHttp2.NO_ERROR);
                    }
                });
                RunningProxy proxy = http2().over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            proxy.pool().observe((on, outcome, began) -> outcomes.add(outcome));
            for (int stream = 1; stream < 40; stream += 2) {
                client.head(stream, false, ":method", "PUT", ":scheme", "http", ":authority", "a", ":path", "/")
                        .data(stream, false, new byte[1_000])
                        .flush();

                Frame data = client.read(RawHttp2Client.DATA);
                assertThat(data.bytes()).isEqualTo(HELLO);
                if (!data.endsStream()) {
                    data = client.read(RawHttp2Client.DATA);
                }
                assertThat(data.endsStream()).isTrue();
                // The rest of the request is not wanted (RFC 9113 section 8.1).
                assertThat(resetOf(client, stream)).isEqualTo(RawHttp2.NO_ERROR);
            }
            await().atMost(PATIENCE).until(() -> outcomes.size() == 20);
            assertThat(outcomes).containsOnly(new Outcome.Answered(413));
            assertThat(backend.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatCancelsItsStreamCancelsThatOfTheBackend(boolean afterHead) throws Exception {
        BlockingQueue<Integer> resets = new LinkedBlockingQueue<>();
        BlockingQueue<Integer> requests = new LinkedBlockingQueue<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    RawHttp2 http2 = RawHttp2.on(connection);
                    int stream = http2.readRequest();
                    if (afterHead) {
                        http2.head(stream, 200, false);
                    }
                    requests.add(stream);
                    resets.add(http2.read(RawHttp2Client.RESET).payload().getInt(0));
                    connection.drain();
                });
                RunningProxy proxy = http2().over(backend.uri());
                RawHttp2Client client = new RawHttp2Client(proxy.port())) {
            client.get(1, "/").flush();
            assertThat(requests.poll(30, TimeUnit.SECONDS)).isNotNull();
            if (afterHead) {
                client.read(RawHttp2Client.HEADERS);
            }
            client.frame(RawHttp2Client.RESET, 0, 1, new byte[] {0, 0, 0, RawHttp2.CANCEL})
                    .flush();

            assertThat(resets.poll(30, TimeUnit.SECONDS)).isEqualTo(RawHttp2.CANCEL);
        }
    }

    /** Answers whole, but for one path, where the stream is reset once all that came before has been sent. */
    private static RawBackend resettingAfterHead(int code) {
        return RawBackend.running(connection -> {
            RawHttp2 http2 = RawHttp2.on(connection);
            int stream = http2.readRequest();
            http2.head(stream, 200, false).data(stream, HELLO, false).reset(stream, code);
            for (stream = http2.readRequest(); stream > 0; stream = http2.readRequest()) {
                http2.ok(stream, true);
            }
        });
    }

    private static int resetOf(RawHttp2Client client, int stream) throws Exception {
        Frame frame = client.read(RawHttp2Client.RESET);
        assertThat(frame.stream()).isEqualTo(stream);
        return frame.payload().getInt(0);
    }

    private static RunningProxy.Builder http2() {
        RunningProxy.Builder with = RunningProxy.with();
        with.protocol = Protocol.H2C;
        with.loops = 1;
        return with;
    }
}
