package dev.goaround.testing;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A backend that is a process of its own, so that it can be killed and frozen as backends are. What it answers is told at
 * {@link BackendMain}, or at {@link FaultyBackendMain}. For one thread.
 */
public final class BackendProcess implements AutoCloseable {

    private final String name;
    private final Class<?> program;
    /** Nobody else gets its port, also while it is dead. */
    private final HeldPort port = HeldPort.take();

    private Process process;

    private BackendProcess(String name, Class<?> program) {
        this.name = name;
        this.program = program;
        this.process = launch();
    }

    /** Starts one on a free port; it accepts connections when this returns. */
    public static BackendProcess start(String name) {
        return start(name, BackendMain.class);
    }

    /** Starts one that misbehaves as it is told by {@link #tell}. */
    public static BackendProcess startFaulty(String name) {
        return start(name, FaultyBackendMain.class);
    }

    private static BackendProcess start(String name, Class<?> program) {
        BackendProcess backend = new BackendProcess(name, program);
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
                            program.getName(),
                            name,
                            Integer.toString(port.port()))
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
        if (Integer.parseInt(nextLine()) != port.port()) {
            throw new IllegalStateException("backend " + name + " is on another port");
        }
    }

    /** The next line that it prints. */
    private String nextLine() {
        // Not closed: that would close the process's output.
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        try {
            String line = lines.readLine();
            if (line == null) {
                throw new IllegalStateException("backend " + name + " ended, or did not start on port " + port.port());
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives a faulty one a command and returns what it says, when it has obeyed. */
    public String tell(String command) {
        try {
            // Not closed: that would end the process.
            BufferedWriter commands = process.outputWriter(StandardCharsets.UTF_8);
            commands.write(command + "\n");
            commands.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return nextLine();
    }

    public String name() {
        return name;
    }

    public int port() {
        return port.port();
    }

    public String url() {
        return "http://127.0.0.1:" + port.port();
    }

    /** The backend's id in the status. */
    public String id() {
        return "127.0.0.1-" + port.port();
    }

    /** SIGKILL; the process is gone when this returns. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM; the process is gone when this returns, and a faulty one has finished what it was doing. */
    public void terminate() {
        announceEnd();
        awaitEnd();
    }

    /** SIGTERM: a faulty one announces that it will end, and goes on for as long as it was told to, or until told the next. */
    public void announceEnd() {
        Launch.signal(process, "TERM");
    }

    /** Waits until the process is gone. */
    public void awaitEnd() {
        try {
            if (!process.waitFor(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("backend " + name + " did not end");
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
        try (RawClient client = new RawClient(port.port())) {
            client.get("/release");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
        port.close();
    }
}
