package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Slow readers slow their backends down, and cost no more memory than there is. */
@Isolated("needs much memory for sockets")
class SlowReadersIT {

    private static final int READERS = 200;
    private static final int EACH = 100 * 1024 * 1024;

    @Test
    void twoHundredReadersOf100MiBEachFitIn256MB() throws IOException {
        List<RawClient> readers = new ArrayList<>();
        try (BackendProcess backend = BackendProcess.start("a");
                GoAround goAround = Launch.of(
                                "-p",
                                "0",
                                "--management-port",
                                "0",
                                "-b",
                                backend.url(),
                                // It is not about readers that are cut off because they are too slow.
                                "--goaround.listen.body-timeout=10m")
                        .jvm("-Xmx256m")
                        .jvm("-XX:MaxDirectMemorySize=128m")
                        .start()) {
            for (int i = 0; i < READERS; i++) {
                RawClient reader = RawClient.withSmallBuffer(goAround.port());
                readers.add(reader);
                reader.send("GET /bytes/" + EACH + " HTTP/1.1\r\nHost: test.example\r\n\r\n");
            }
            for (RawClient reader : readers) {
                assertThat(reader.readHead()).startsWith("HTTP/1.1 200 ");
                assertThat(reader.readBytes(64 * 1024)).hasSize(64 * 1024);
            }
            try (RawClient quick = goAround.client()) {
                assertThat(quick.get("/").body()).isEqualTo("a GET / 0");
            }
            for (RawClient reader : readers) {
                assertThat(reader.readBytes(64 * 1024)).hasSize(64 * 1024);
                reader.reset();
            }
            try (RawClient quick = goAround.client()) {
                assertThat(quick.get("/").body()).isEqualTo("a GET / 0");
            }
            assertThat(goAround.err()).isEmpty();
        } finally {
            for (RawClient reader : readers) {
                reader.close();
            }
        }
    }
}
