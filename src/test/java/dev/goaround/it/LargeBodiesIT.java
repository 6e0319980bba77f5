package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("loads the machine")
class LargeBodiesIT {

    private static final long GIBIBYTE = 1L << 30;

    private static BackendProcess backend;
    private static GoAround goAround;

    @BeforeAll
    static void start() {
        backend = BackendProcess.start("a");
        goAround = Launch.of("-p", "0", "--management-port", "0", "-b", backend.url())
                .jvm("-Xmx128m")
                .start();
    }

    @AfterAll
    static void stop() {
        goAround.close();
        backend.close();
    }

    @Test
    void aGibibyteIsUploadedInAHeapOf128MB() throws IOException {
        try (RawClient client = goAround.client()) {
            client.send("POST /upload HTTP/1.1\r\nHost: test.example\r\nContent-Length: " + GIBIBYTE + "\r\n\r\n");
            OutputStream out = client.socket().getOutputStream();
            byte[] chunk = new byte[1 << 20];
            for (long left = GIBIBYTE; left > 0; left -= chunk.length) {
                out.write(chunk);
            }
            assertThat(client.read().body()).isEqualTo("a POST /upload " + GIBIBYTE);
        }
        assertThat(goAround.err()).isEmpty();
    }

    @Test
    void aGibibyteIsDownloadedInAHeapOf128MB() throws IOException {
        try (RawClient client = goAround.client()) {
            client.send("GET /bytes/" + GIBIBYTE + " HTTP/1.1\r\nHost: test.example\r\nConnection: close\r\n\r\n");
            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("\r\nContent-Length: " + GIBIBYTE + "\r\n");
            assertThat(client.in().transferTo(OutputStream.nullOutputStream())).isEqualTo(GIBIBYTE);
        }
        assertThat(goAround.err()).isEmpty();
    }
}
