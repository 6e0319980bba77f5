package dev.goaround.testing;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.testing.RawClient.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** GoAround itself, running from the packaged jar as a process of its own. Made by {@link Launch}. */
public final class GoAround implements AutoCloseable {

    private static final Pattern PICTURE = Pattern.compile(
            "GoAround \\d\\S*  https?://localhost:(\\d+)  \\(status http://[^ ]+:(\\d+)/actuator/goaround\\)");

    private final Launch.Running running;
    private final int port;
    private final int managementPort;

    GoAround(Launch.Running running) {
        this.running = running;
        Awaitility.await("start-up lines")
                .pollInterval(Duration.ofMillis(50))
                .until(() -> picture().find() || !running.process().isAlive());
        Matcher picture = picture();
        if (!picture.find()) {
            throw new AssertionError("ended before it served:\n" + running.printed());
        }
        this.port = Integer.parseInt(picture.group(1));
        this.managementPort = Integer.parseInt(picture.group(2));
    }

    private Matcher picture() {
        return PICTURE.matcher(String.join("\n", running.out()));
    }

    /** The traffic port, as the start-up lines name it. */
    public int port() {
        return port;
    }

    /** The management port, as the start-up lines name it. */
    public int managementPort() {
        return managementPort;
    }

    /** A new connection to the traffic port. */
    public RawClient client() throws IOException {
        return new RawClient(port);
    }

    /** Asks the traffic port on a connection of its own. */
    public Response get(String path) {
        return get(port, path);
    }

    /** Asks the management port. */
    public Response manage(String path) {
        return manage("GET", path, null);
    }

    /** Has the management port change something. */
    public Response manage(String method, String path, @Nullable String json, String... fields) {
        StringBuilder request = new StringBuilder(
                method + " " + path + " HTTP/1.1\r\nHost: localhost:" + managementPort + "\r\nConnection: close\r\n");
        for (String field : fields) {
            request.append(field).append("\r\n");
        }
        if (json != null) {
            request.append("Content-Type: application/json\r\nContent-Length: ")
                    .append(json.length())
                    .append("\r\n");
        }
        request.append("\r\n").append(json == null ? "" : json);
        try (RawClient client = new RawClient(managementPort)) {
            return client.send(request.toString()).read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Response get(int port, String path) {
        try (RawClient client = new RawClient(port)) {
            return client.get(path, "Connection: close");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The state of a backend, by its status. */
    public String state(BackendProcess backend) {
        return JsonPath.read(manage("/actuator/goaround/" + backend.id()).body(), "$.state");
    }

    /** Waits until the status shows the backend in this state. */
    public void awaitState(BackendProcess backend, String state) {
        Awaitility.await(backend.name() + " is " + state)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions() // It may have to join first.
                .until(() -> state(backend).equals(state));
    }

    /** Waits until a line on standard output contains this. */
    public void awaitLine(String part) {
        Awaitility.await("a line with " + part)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> out().stream().anyMatch(line -> line.contains(part)));
    }

    /** Waits until a line on standard output contains this, and returns the first. */
    public String line(String part) {
        awaitLine(part);
        return out().stream().filter(line -> line.contains(part)).findFirst().orElseThrow();
    }

    /** Lines on standard output so far. */
    public List<String> out() {
        return running.out();
    }

    /** Lines on standard error so far. */
    public List<String> err() {
        return running.err();
    }

    /** Sends SIGTERM. */
    public void terminate() {
        Launch.signal(running.process(), "TERM");
    }

    /** Sends SIGHUP. */
    public void hangUp() {
        Launch.signal(running.process(), "HUP");
    }

    public boolean isAlive() {
        return running.process().isAlive();
    }

    /** Waits for the end and returns the exit code. */
    public int exitCode() throws InterruptedException {
        if (!running.process().waitFor(Patience.AMPLE.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("still running:\n" + running.printed());
        }
        return running.process().exitValue();
    }

    /** Ends it at once, if it has not ended. */
    @Override
    public void close() {
        running.process().destroyForcibly();
    }
}
