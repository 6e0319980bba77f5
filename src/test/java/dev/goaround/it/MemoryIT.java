package dev.goaround.it;

import static dev.goaround.testing.RawHttp2Client.DATA;
import static dev.goaround.testing.RawHttp2Client.HEADER_TABLE_SIZE;
import static dev.goaround.testing.RawHttp2Client.INITIAL_WINDOW_SIZE;
import static dev.goaround.testing.RawHttp2Client.PING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawHttp2Client;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever clients have GoAround keep, there is memory left for the others. Each store is filled with more than the heap could hold. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MemoryIT {

    private static final int STREAMS = 100;
    private static final int UNKNOWN_TYPE = 0xbe;
    private static final int HUGE = Integer.MAX_VALUE;

    /** The field that the table of fields got last (RFC 7541 section 2.3.3). */
    private static final byte LAST_INDEXED = (byte) (0x80 | 62);

    private static final String[] CONNECT = {
        ":method", "CONNECT", ":protocol", "websocket", ":scheme", "http", ":authority", "a", ":path", "/hold"
    };
    private static final String[] GET_HOLD = {":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/hold"};

    /** What is kept. */
    enum Store {
        /** Fields of responses in the encoder's table: 160 MB. */
        FIELD_TABLE {
            @Override
            void fill(Filling filling) throws IOException {
                RawHttp2Client client = filling.http2(HEADER_TABLE_SIZE, HUGE);
                int stream = 1;
                for (int round = 0; round < 100; round++) {
                    for (int i = 0; i < 50; i++) {
                        client.get(stream, "/field/" + stream);
                        stream += 2;
                    }
                    client.flush();
                    for (int ended = 0; ended < 50; ) {
                        ended += client.read().endsStream() ? 1 : 0;
                    }
                }
            }
        },
        /** DATA frames of one byte on streams that wait for a tunnel: 3.5 million. */
        SMALL_FRAMES {
            @Override
            void fill(Filling filling) throws IOException {
                RawHttp2Client client = filling.http2();
                byte[] one = new byte[1];
                for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
                    client.head(stream, false, CONNECT);
                    for (int i = 0; i < 35_000; i++) {
                        client.frame(DATA, 0, stream, one);
                    }
                    client.flush();
                }
                client.frame(PING, 0, 0, new byte[8]).flush().read(PING);
            }
        },
        /** Frames of a type that no window bounds, on a stream that is not read: 160 MB. */
        UNKNOWN_FRAMES {
            @Override
            void fill(Filling filling) throws IOException {
                RawHttp2Client client = filling.http2();
                client.head(1, false, CONNECT).data(1, false, new byte[1]);
                byte[] payload = new byte[16_000];
                for (int i = 0; i < 10_000; i++) {
                    client.frame(UNKNOWN_TYPE, 0, 1, payload).flush();
                }
                client.frame(PING, 0, 0, new byte[8]).flush().read(PING);
            }
        },
        /** Requests behind one that is being served, on 300 connections whose read buffers were large: 750,000. */
        PIPELINED_REQUESTS {
            @Override
            void fill(Filling filling) throws IOException {
                String upload = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + "x".repeat(300_000);
                String hold = "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n";
                String behind = "GET / HTTP/1.1\r\nHost:a\r\n\r\n".repeat(2_500);
                for (int i = 0; i < 300; i++) {
                    RawClient client = filling.http1();
                    client.send(upload);
                    assertThat(client.read().status()).isEqualTo(200);
                    client.send(hold + behind);
                }
            }
        },
        /** Cookies of 44 KB that are fifteen bytes on the wire: 180 MB. */
        CRUMBS {
            @Override
            void fill(Filling filling) throws IOException {
                for (int i = 0; i < 40; i++) {
                    fillWithCrumbs(filling.http2());
                }
            }
        },
        /** Responses to streams whose windows are closed: 1 GB. */
        SLOW_READERS {
            @Override
            void fill(Filling filling) throws IOException {
                for (int i = 0; i < 10; i++) {
                    RawHttp2Client client = filling.http2(INITIAL_WINDOW_SIZE, 0);
                    for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
                        client.get(stream, "/bytes/1000000");
                    }
                    client.flush();
                    for (int begun = 0; begun < STREAMS; begun++) {
                        client.read(RawHttp2Client.HEADERS);
                    }
                }
            }
        };

        abstract void fill(Filling filling) throws IOException;
    }

    private static void fillWithCrumbs(RawHttp2Client client) throws IOException {
        byte[] head = RawHttp2Client.literals(GET_HOLD);
        client.section(1, true, join(head, RawHttp2Client.indexed("cookie", "c".repeat(2900))));
        byte[] crumbs = new byte[15];
        Arrays.fill(crumbs, LAST_INDEXED);
        for (int stream = 3; stream < 2 * STREAMS; stream += 2) {
            client.section(stream, true, join(head, crumbs));
        }
        client.frame(PING, 0, 0, new byte[8]).flush().read(PING);
    }

    private static byte[] join(byte[] some, byte[] more) {
        byte[] joined = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, joined, some.length, more.length);
        return joined;
    }

    /** The connections that fill a store, and stay open meanwhile. */
    private static final class Filling implements AutoCloseable {

        private final int port;
        private final Deque<Closeable> open = new ArrayDeque<>();

        Filling(int port) {
            this.port = port;
        }

        RawHttp2Client http2(int... settings) throws IOException {
            RawHttp2Client client = new RawHttp2Client(port, settings);
            open.push(client::close);
            return client;
        }

        RawClient http1() throws IOException {
            RawClient client = new RawClient(port);
            open.push(client::close);
            return client;
        }

        @Override
        public void close() throws IOException {
            while (!open.isEmpty()) {
                open.pop().close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStoreThatAClientFillsLeavesMemoryForTheOthers(Store store) throws Exception {
        try (BackendProcess backend = BackendProcess.start("a");
                GoAround goAround = launch("-Xmx128m", backend);
                Filling filling = new Filling(goAround.port())) {
            store.fill(filling);

            for (int i = 0; i < 20; i++) {
                try (RawClient other = goAround.client()) {
                    assertThat(other.get("/").body()).isEqualTo("a GET / 0");
                }
            }
            assertThat(goAround.isAlive()).isTrue();
        }
    }

    @Test
    void aProcessWithoutMemoryEnds() throws Exception {
        try (BackendProcess backend = BackendProcess.start("a");
                GoAround goAround = launch("-Xmx64m", backend, "--goaround.limit.request-memory=1GB");
                Filling filling = new Filling(goAround.port())) {
            try {
                for (int i = 0; i < 40; i++) {
                    fillWithCrumbs(filling.http2());
                }
            } catch (IOException ended) {
                // Sooner than all was sent.
            }

            assertThat(goAround.exitCode()).isEqualTo(3);
            assertThat(String.join("\n", goAround.err())).contains("out of memory");
        }
    }

    private static GoAround launch(String heap, BackendProcess backend, String... more) {
        String[] flags = {"-p", "0", "--management-port", "0", "-b", backend.url()};
        String[] all = Arrays.copyOf(flags, flags.length + more.length);
        System.arraycopy(more, 0, all, flags.length, more.length);
        return Launch.of(all).jvm(heap).start();
    }
}
