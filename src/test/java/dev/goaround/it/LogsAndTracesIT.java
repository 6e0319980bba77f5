package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.LoadClient;
import dev.goaround.testing.LoadClient.End;
import dev.goaround.testing.OtlpReceiver;
import dev.goaround.testing.OtlpReceiver.Span;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the packaged jar tells of single requests, and of changes as they happen. */
@Timeout(600)
class LogsAndTracesIT {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @TempDir
    private Path folder;

    /** The lines of the log, the files that were put aside included. */
    private List<String> logged(Path file) {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path each : files.filter(path -> path.getFileName().toString().startsWith(file.getFileName() + ""))
                    .toList()) {
                lines.addAll(Files.readAllLines(each));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return lines;
    }

    @Test
    void theAccessLogHasEveryRequestAlsoWhenItsFileIsFullAndWhenTheProcessEnds() throws Exception {
        Path file = folder.resolve("access.log");
        int requests = 2_000;
        try (BackendProcess backend = BackendProcess.start("one");
                GoAround goAround = Launch.over(
                        List.of(backend),
                        "--goaround.access-log.format=json",
                        "--goaround.access-log.file=" + file,
                        "--goaround.access-log.file-size=100KB",
                        "--goaround.access-log.files=20",
                        "--goaround.shutdown.announce=0s");
                LoadClient client = new LoadClient(goAround.port())) {
            for (int i = 0; i < requests; i++) {
                assertThat(client.get("/" + i).end()).isEqualTo(End.ANSWERED);
            }
            goAround.terminate();
            assertThat(goAround.exitCode()).isZero();
        }

        List<String> lines = logged(file);
        Set<String> paths = new TreeSet<>();
        for (String line : lines) {
            Map<String, Object> fields = JsonPath.read(line, "$");
            paths.add((String) fields.get("path"));
            assertThat(fields).containsEntry("status", 200).containsEntry("attempts", 1);
        }
        assertThat(lines).hasSize(requests);
        assertThat(paths).hasSize(requests);
        assertThat(folder.resolve("access.log.1")).exists();
    }

    /** The fields that docs/logs-and-traces.md has a row for. */
    @Test
    void theDocumentHasEveryFieldOfTheLog() throws Exception {
        Set<String> documented = new TreeSet<>();
        Matcher row = Pattern.compile("^\\| ((?:`\\w+`(?:, )?)+) \\|", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("docs/logs-and-traces.md")));
        while (row.find()) {
            Stream.of(row.group(1).split(", ")).forEach(name -> documented.add(name.replace("`", "")));
        }
        try (RawBackend backend = RawBackend.answering(OK);
                GoAround goAround = Launch.of(
                                "-p",
                                "0",
                                "--management-port",
                                "0",
                                "-b",
                                backend.uri().toString(),
                                "--goaround.access-log.format=json",
                                "--goaround.forwarding.request-id=X-Request-Id")
                        .start();
                RawClient client = new RawClient(goAround.port())) {
            Response answer = client.get(
                    "/orders?page=2",
                    "User-Agent: \"me\" \\o/",
                    "Referer: https://a.example/?x=1",
                    "Connection: close");
            String id = answer.values("X-Request-Id").get(0);
            goAround.awaitLine(id);
            String line = goAround.out().stream()
                    .filter(printed -> printed.contains(id))
                    .findFirst()
                    .orElseThrow();
            Map<String, Object> fields = JsonPath.read(line, "$");

            assertThat(documented).containsAll(fields.keySet());
            assertThat(fields)
                    .containsEntry("requestId", id)
                    .containsEntry("method", "GET")
                    .containsEntry("path", "/orders")
                    .containsEntry("query", "page=2")
                    .containsEntry("protocol", "HTTP/1.1")
                    .containsEntry("userAgent", "\"me\" \\o/")
                    .containsEntry("bytesOut", 2);
            assertThat(backend.heads()).anyMatch(head -> head.contains("X-Request-Id: " + id));
        }
    }

    @Test
    void aRequestThatNeedsAnotherAttemptIsTheSameInAnswerLogTraceAndFailures() throws Exception {
        try (OtlpReceiver collector = new OtlpReceiver();
                BackendProcess steady = BackendProcess.start("steady");
                BackendProcess killed = BackendProcess.start("killed");
                GoAround goAround = Launch.over(
                        List.of(killed, steady),
                        "--goaround.access-log.format=json",
                        "--goaround.forwarding.request-id=X-Request-Id",
                        "--goaround.tracing.endpoint=" + collector.endpoint(),
                        "--goaround.tracing.ratio=1",
                        "--goaround.balance.policy=round-robin")) {
            killed.kill();
            List<String> ids = new ArrayList<>();
            await("a request that was repeated").until(() -> {
                Response answer = goAround.get("/");
                assertThat(answer.status()).isEqualTo(200);
                ids.add(answer.values("X-Request-Id").get(0));
                return !failures(goAround).isEmpty();
            });
            String id = failures(goAround).get(0);
            assertThat(ids).contains(id);

            goAround.awaitLine("\"requestId\":\"" + id + "\"");
            assertThat(goAround.out())
                    .anyMatch(line -> line.contains("\"requestId\":\"" + id + "\"") && line.contains("\"attempts\":2"));
            await("its spans").until(() -> collector.spans().stream().anyMatch(span -> of(id, span)));
            Span server = collector.spans().stream()
                    .filter(span -> of(id, span))
                    .findFirst()
                    .orElseThrow();
            assertThat(collector.spans())
                    .filteredOn(span -> span.client() && span.parentId().equals(server.spanId()))
                    .extracting(span -> span.attributes().get("goaround.backend"))
                    .containsExactlyInAnyOrder(killed.id(), steady.id());
        }
    }

    private static boolean of(String id, Span span) {
        return span.server() && id.equals(span.attributes().get("goaround.request.id"));
    }

    private static List<String> failures(GoAround goAround) {
        return JsonPath.read(goAround.manage("/actuator/goaround/failures").body(), "$.requests[*].id");
    }

    @Test
    void changesOfBackendsAreToldAsTheyHappen() throws Exception {
        try (BackendProcess steady = BackendProcess.start("steady");
                BackendProcess changing = BackendProcess.start("changing");
                GoAround goAround = Launch.over(List.of(steady, changing))) {
            HttpRequest watching = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + goAround.managementPort() + "/actuator/goaround/events"))
                    .header("Accept", "text/event-stream")
                    .build();
            Iterator<String> lines = HttpClient.newHttpClient()
                    .send(watching, BodyHandlers.ofLines())
                    .body()
                    .filter(line -> line.startsWith("data:") && line.contains(changing.id()))
                    .iterator();
            changing.kill();
            assertThat(lines.next()).contains("\"from\":\"healthy\",\"to\":\"degraded\"");
            BackendProcess.restart(changing);
            assertThat(lines.next()).contains("\"from\":\"degraded\",\"to\":\"healthy\"");
            goAround.manage("POST", "/actuator/goaround/" + changing.id(), "{\"state\":\"draining\"}");
            assertThat(lines.next()).contains("\"type\":\"state\"").contains("\"to\":\"draining\"");
        }
    }
}
