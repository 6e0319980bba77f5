package dev.goaround.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.goaround.testing.HeldPort;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoBackendsHttpTests {

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final DemoBackends backends = DemoBackends.start();

    @AfterEach
    void close() {
        backends.close();
    }

    @Test
    void threeListenOnLoopbackOnDifferentPorts() {
        assertThat(backends.urls()).hasSize(3).doesNotHaveDuplicates().allSatisfy(url -> {
            assertThat(url.getHost()).isEqualTo("127.0.0.1");
            assertThat(url.getPort()).isPositive();
        });
    }

    @Test
    void everyPathAndMethodIsGreetedByNameAndNumber() throws Exception {
        assertThat(send(0, "GET", "/")).isEqualTo("200 hello from demo-1 (request 1)\n");
        assertThat(send(0, "PUT", "/any/path?q=1")).isEqualTo("200 hello from demo-1 (request 2)\n");
        assertThat(send(2, "DELETE", "/health/of/others")).isEqualTo("200 hello from demo-3 (request 1)\n");
    }

    @Test
    void headHasTheLengthWithoutTheBody() throws Exception {
        HttpResponse<String> response = exchange(0, "HEAD", "/");

        assertThat(response.body()).isEmpty();
        assertThat(response.headers().firstValue("content-length")).contains("30");
        assertThat(send(0, "GET", "/")).isEqualTo("200 hello from demo-1 (request 2)\n");
    }

    @Test
    void theSecondIsSlowWithoutBlockingTheOthersOrItself() throws Exception {
        // Were they served one after the other, they would never take less.
        await().until(() -> twentyToTheSecond().compareTo(DemoBackends.SLOW.multipliedBy(20)) < 0);
    }

    private Duration twentyToTheSecond() throws Exception {
        long start = System.nanoTime();
        List<CompletableFuture<HttpResponse<String>>> slow = IntStream.range(0, 20)
                .mapToObj(i -> client.sendAsync(request(1, "GET", "/"), BodyHandlers.ofString()))
                .toList();
        assertThat(send(0, "GET", "/")).startsWith("200");
        slow.forEach(CompletableFuture::join);
        Duration took = Duration.ofNanos(System.nanoTime() - start);

        assertThat(took).isGreaterThanOrEqualTo(DemoBackends.SLOW);
        return took;
    }

    @Test
    void healthIsUpAndNotCountedAsARequest() throws Exception {
        HttpResponse<String> response = exchange(2, "GET", "/health");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(response.body()).isEqualTo("{\"status\":\"UP\"}\n");
        assertThat(send(2, "GET", "/")).isEqualTo("200 hello from demo-3 (request 1)\n");
    }

    @Test
    void switchedOffItRefusesEverythingUntilSwitchedOn() throws Exception {
        assertThat(send(2, "POST", "/off")).isEqualTo("200 demo-3 is off\n");
        assertThat(send(2, "GET", "/")).isEqualTo("503 demo-3 is off\n");
        assertThat(send(2, "GET", "/health")).isEqualTo("503 demo-3 is off\n");
        assertThat(send(0, "GET", "/")).startsWith("200 hello from demo-1");

        assertThat(send(2, "POST", "/on")).isEqualTo("200 demo-3 is on\n");
        assertThat(send(2, "GET", "/")).isEqualTo("200 hello from demo-3 (request 1)\n");
        assertThat(send(2, "GET", "/health")).startsWith("200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/on", "/off"})
    void onlyPostSwitches(String path) throws Exception {
        HttpResponse<String> response = exchange(2, "GET", path);

        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("allow")).contains("POST");
        assertThat(send(2, "GET", "/health")).startsWith("200");
    }

    @Test
    void aRequestBodyIsReadAndForgotten() throws Exception {
        HttpRequest upload = HttpRequest.newBuilder(backends.urls().get(0).resolve("/upload"))
                .POST(BodyPublishers.ofByteArray(new byte[1 << 20]))
                .build();

        assertThat(client.send(upload, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        assertThat(client.send(upload, BodyHandlers.ofString()).body()).isEqualTo("hello from demo-1 (request 2)\n");
    }

    @Test
    void hintsNameTheTrafficUrlAndTheSwitchOfTheThird() {
        URI third = backends.urls().get(2);

        assertThat(backends.hints(URI.create("http://localhost:3000")))
                .containsExactly(
                        "demo: three backends run inside this process, demo-2 is slow (200 ms); try",
                        "  curl http://localhost:3000/",
                        "  curl -X POST " + third + "/off   (demo-3 fails from now on)",
                        "  curl -X POST " + third + "/on");
        assertThat(backends.hints(URI.create("https://localhost:3000"))).contains("  curl -k https://localhost:3000/");
    }

    @Test
    void closedTheyAreUnreachable() {
        backends.close();

        try (HeldPort held = HeldPort.take(backends.urls().get(0).getPort())) {
            assertThatExceptionOfType(ConnectException.class)
                    .isThrownBy(() -> send(0, "GET", held.uri().getPath()));
        }
    }

    private String send(int backend, String method, String path) throws IOException, InterruptedException {
        HttpResponse<String> response = exchange(backend, method, path);
        return response.statusCode() + " " + response.body();
    }

    private HttpResponse<String> exchange(int backend, String method, String path)
            throws IOException, InterruptedException {
        return client.send(request(backend, method, path), BodyHandlers.ofString());
    }

    private HttpRequest request(int backend, String method, String path) {
        return HttpRequest.newBuilder(URI.create(backends.urls().get(backend) + path))
                .method(method, BodyPublishers.noBody())
                .build();
    }
}
