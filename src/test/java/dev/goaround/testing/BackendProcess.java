package dev.goaround.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A backend that is a process of its own, so that it can be killed and frozen as backends are. What it answers is told at
 * {@link BackendMain}. For one thread.
 */
public final class BackendProcess implements AutoCloseable {

    private final String name;
    private Process process;
    private int port;

    private BackendProcess(String name) {
        this.name = name;
        this.process = launch();
    }

    /** Starts one on a free port; it accepts connections when this returns. */
    public static BackendProcess start(String name) {
        BackendProcess backend = new BackendProcess(name);
        backend.awaitPort();
        return backend;
    }

    /** Starts these again, after a kill, on the ports that they had; they accept connections when this returns. */
    public static void restart(BackendProcess... backends) {
        for (BackendProcess backend : backends) {
            backend.process = backend.launch();
        }
        for (BackendProcess backend : backends) {
            backend.awaitPort();
        }
    }

    private Process launch() {
        try {
            return new ProcessBuilder(
                            Launch.java(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xmx64m",
                            "-cp",
                            testClasses(),
                            BackendMain.class.getName(),
                            name,
                            Integer.toString(port))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String testClasses() {
        String place = BackendMain.class.getName().replace('.', '/') + ".class";
        Path file = Path.of(BackendMain.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath());
        if (!file.resolve(place).toFile().exists()) {
            throw new IllegalStateException(place + " is not in " + file);
        }
        return file.toString();
    }

    private void awaitPort() {
        // Not closed: that would close the process's output.
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        try {
            String line = lines.readLine();
            if (line == null) {
                throw new IllegalStateException("backend " + name + " did not start on port " + port);
            }
            port = Integer.parseInt(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return name;
    }

    public int port() {
        return port;
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** The backend's id in the status. */
    public String id() {
        return "127.0.0.1-" + port;
    }

    /** SIGKILL; the process is gone when this returns. */
    public void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("backend " + name + " did not die");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** SIGSTOP: its connections stay open, new ones are accepted by the system, and nothing is answered. */
    public void freeze() {
        Launch.signal(process, "STOP");
    }

    /** SIGCONT: it goes on where it was. */
    public void thaw() {
        Launch.signal(process, "CONT");
    }

    /** Lets the requests to {@code /hold} be answered. Asked of the backend itself, not through GoAround. */
    public void release() {
        try (RawClient client = new RawClient(port)) {
            client.get("/release");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
