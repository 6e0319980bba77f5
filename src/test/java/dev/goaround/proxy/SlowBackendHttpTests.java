package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Backends that take an upload slowly, which the kernel's buffers hide. */
class SlowBackendHttpTests {

    private static final int LARGE = 20_000_000;

    @Test
    void oneThatReadsSteadilyHasTheTimeItTakes() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.responseTimeout = Duration.ofSeconds(2);
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    for (int i = 0; i < 40; i++) {
                        connection.readBytes(30_000);
                        StalledHttpTests.pause(Duration.ofMillis(200));
                    }
                    connection.readBytes(LARGE - 40 * 30_000);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            CompletableFuture<Void> sent = upload(client);

            assertThat(client.read().status()).isEqualTo(200);
            sent.join();
        }
    }

    @Test
    void oneThatReadsNothingHasNoMoreTimeThanTheLimit() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.responseTimeout = Duration.ofMillis(500);
        CompletableFuture<Void> over = new CompletableFuture<>();
        try (RawBackend backend = RawBackend.running(connection -> {
                    connection.readHead();
                    over.join();
                });
                RunningProxy proxy = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            upload(client);

            assertThat(client.read().status()).isEqualTo(504);
            over.complete(null);
        }
    }

    private static CompletableFuture<Void> upload(RawClient client) throws IOException {
        client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + LARGE + "\r\n\r\n");
        OutputStream out = client.socket().getOutputStream();
        return CompletableFuture.runAsync(() -> {
            try {
                out.write(new byte[LARGE]);
            } catch (IOException e) {
                // The response says why.
            }
        });
    }
}
