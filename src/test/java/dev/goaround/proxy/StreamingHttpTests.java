package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Bodies stream with back-pressure in both directions. */
class StreamingHttpTests {

    private static final int MIB = 1 << 20;
    private static final long LARGE = 512L * MIB;

    @Test
    void aLargeDownloadPassesWhole() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
                    byte[] block = new byte[MIB];
                    for (long sent = 0; sent < LARGE; sent += MIB) {
                        connection.send(block);
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    .readHead();

            assertThat(client.in().transferTo(OutputStream.nullOutputStream())).isEqualTo(LARGE);
        }
    }

    @Test
    void aLargeUploadPassesWhole() throws Exception {
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    long read = 0;
                    while (read < LARGE) {
                        read += connection.readBytes(MIB).length();
                    }
                    String body = Long.toString(read);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + LARGE + "\r\n\r\n");
            byte[] block = new byte[MIB];
            for (long sent = 0; sent < LARGE; sent += MIB) {
                client.socket().getOutputStream().write(block);
            }

            assertThat(client.read().body()).isEqualTo(Long.toString(LARGE));
        }
    }

    @Test
    void aClientThatReadsNothingStopsTheBackend() throws Exception {
        AtomicLong sent = new AtomicLong();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
                    byte[] block = new byte[64 * 1024];
                    while (sent.get() < LARGE) {
                        connection.send(block);
                        sent.addAndGet(block.length);
                    }
                });
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readHead();

            assertThat(settled(sent)).isLessThan(64L * MIB);
            // and goes on when the client does
            long before = sent.get();
            InputStream in = client.in();
            in.readNBytes(32 * MIB);
            assertThat(settled(sent)).isGreaterThan(before);
        }
    }

    @Test
    void aBackendThatReadsNothingStopsTheClient() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        AtomicLong sent = new AtomicLong();
        try (RawBackend backend = RawBackend.running(connection -> over.await());
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + LARGE + "\r\n\r\n");
            Thread sender = new Thread(() -> {
                try {
                    while (sent.get() < LARGE) {
                        client.socket().getOutputStream().write(new byte[64 * 1024]);
                        sent.addAndGet(64 * 1024);
                    }
                } catch (IOException closed) {
                    // the test is over
                }
            });
            sender.start();

            assertThat(settled(sent)).isLessThan(64L * MIB);
            client.leave();
            sender.join();
            over.countDown();
        }
    }

    /** Waits until the number has not changed for half a second, and returns it. */
    private static long settled(AtomicLong number) {
        long[] last = {-1};
        org.awaitility.Awaitility.await()
                .pollInterval(java.time.Duration.ofMillis(500))
                .until(() -> {
                    long now = number.get();
                    boolean same = now == last[0] && now > 0;
                    last[0] = now;
                    return same;
                });
        return last[0];
    }
}
