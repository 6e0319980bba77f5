package dev.goaround.testing;

import com.jayway.jsonpath.JsonPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A real Prometheus, as a process of its own on loopback, that scrapes one GoAround every second. For one thread. */
public final class Prometheus implements AutoCloseable {

    private static final String DEBIAN = "prometheus";

    private final Path folder;
    private final HeldPort port;
    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();

    private Prometheus(Path folder, HeldPort port, Process process) {
        this.folder = folder;
        this.port = port;
        this.process = process;
    }

    /**
     * Starts one.
     *
     * @param folder for its configuration and its data
     * @param rules a file of alert rules
     */
    public static Prometheus start(Path folder, GoAround target, Path rules) {
        Path program = Programs.require("prometheus", DEBIAN);
        try {
            Path configuration = Files.writeString(
                    folder.resolve("prometheus.yml"), """
                    global: {scrape_interval: 1s, evaluation_interval: 1s}
                    rule_files: ['%s']
                    scrape_configs:
                      - job_name: goaround
                        metrics_path: /actuator/prometheus
                        static_configs: [{targets: ['127.0.0.1:%d']}]
                    """.formatted(rules.toAbsolutePath(), target.managementPort()));
            HeldPort port = HeldPort.take();
            Process process = new ProcessBuilder(
                            program.toString(),
                            "--config.file=" + configuration,
                            "--storage.tsdb.path=" + folder.resolve("data"),
                            "--web.listen-address=127.0.0.1:" + port.port())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("prometheus.log").toFile())
                    .start();
            Prometheus started = new Prometheus(folder, port, process);
            started.awaitReady();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReady() {
        Awaitility.await("Prometheus is ready").until(() -> {
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        "Prometheus ended: " + Files.readString(folder.resolve("prometheus.log")));
            }
            try {
                return client.send(request("/-/ready"), BodyHandlers.discarding())
                                .statusCode()
                        == 200;
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** The values of what a query finds now. */
    public List<Double> values(String query) {
        List<String> values = JsonPath.read(
                get("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8)),
                "$.data.result[*].value[1]");
        return values.stream().map(Double::valueOf).toList();
    }

    /** The names of the alerts that are pending or firing. */
    public List<String> alerts() {
        return JsonPath.read(get("/api/v1/alerts"), "$.data.alerts[*].labels.alertname");
    }

    private String get(String path) {
        try {
            var response = client.send(request(path), BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalArgumentException(path + ": " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.port() + path))
                .timeout(Patience.AMPLE)
                .build();
    }

    /**
     * Runs Prometheus's tool for rules and metrics.
     *
     * @param folder where it runs
     * @param input on its standard input
     */
    public static ToolResult promtool(Path folder, String input, String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = Programs.require("promtool", DEBIAN).toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            Path in = Files.createTempFile("promtool", ".in");
            Path out = Files.createTempFile("promtool", ".out");
            Files.writeString(in, input);
            Process tool = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .start();
            if (!tool.waitFor(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS)) {
                tool.destroyForcibly();
                throw new AssertionError("promtool still runs");
            }
            List<String> lines = Files.readAllLines(out);
            Files.delete(in);
            Files.delete(out);
            return new ToolResult(tool.exitValue(), lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** How a run of the tool ended, and what it printed. */
    public record ToolResult(int exitCode, List<String> lines) {

        public ToolResult {
            lines = List.copyOf(lines);
        }
    }

    @Override
    public void close() {
        Programs.kill(process);
        port.close();
    }
}
