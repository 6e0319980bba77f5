package dev.goaround.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A command line of the packaged jar, with the folder and the environment that it is run in. Unless a test says
 * otherwise both are empty, so that nothing of the machine gets into a result.
 *
 * <p>What the process prints is kept beside the jar, in {@code it/}, for whoever looks into a failure. For one thread.
 */
public final class Launch {

    private static final Path JAR =
            Path.of(Objects.requireNonNull(System.getProperty("goaround.jar"), "system property goaround.jar"));

    /** Has a backend fail more probes in a row before it is degraded; failed requests degrade it as ever. */
    public static final String PATIENT = "--goaround.health.fall=6";

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final List<String> flags;
    private final List<String> jvm = new ArrayList<>();
    private final List<String> before = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private Path folder;
    private String java = java();

    private Launch(String... flags) {
        this.flags = List.of(flags);
        this.folder = outputs().resolve("empty");
    }

    /** The jar with exactly these flags. */
    public static Launch of(String... flags) {
        return new Launch(flags);
    }

    /**
     * Starts GoAround over these backends, on free ports. Unless a flag is about health, a backend is not called degraded
     * because a busy machine was late with two probes.
     */
    public static GoAround over(List<BackendProcess> backends, String... flags) {
        List<String> all = new ArrayList<>(List.of("-p", "0", "--management-port", "0"));
        backends.forEach(backend -> all.addAll(List.of("-b", backend.url())));
        if (Stream.of(flags).noneMatch(flag -> flag.startsWith("--goaround.health."))) {
            all.add(PATIENT);
        }
        all.addAll(List.of(flags));
        return of(all.toArray(new String[0])).start();
    }

    /** Runs it in this folder. */
    public Launch in(Path where) {
        this.folder = where;
        return this;
    }

    /** Adds an environment variable. */
    public Launch with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Adds an option of the JVM. */
    public Launch jvm(String option) {
        jvm.add(option);
        return this;
    }

    /** Runs it by the JDK in this folder instead of that of the tests. */
    public Launch by(Path home) {
        java = home.resolve("bin").resolve("java").toString();
        return this;
    }

    /** Has this program run it. */
    public Launch behind(String program) {
        before.add(program);
        return this;
    }

    /** Starts GoAround and waits until it serves. */
    public GoAround start() {
        return new GoAround(launch());
    }

    /** Runs to the end, which must come by itself. */
    public Ended toTheEnd() {
        // For a program that runs for a second, the JVM's best efforts are in vain.
        jvm.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        Running running = launch();
        try {
            if (!running.process().waitFor(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("still running: " + flags + "\n" + running.printed());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            running.process().destroyForcibly();
        }
        return new Ended(running.process().exitValue(), running.out(), running.err());
    }

    private Running launch() {
        List<String> command = new ArrayList<>(before);
        command.add(java);
        command.addAll(jvm);
        command.addAll(List.of("-jar", JAR.toString()));
        command.addAll(flags);
        String name = "%03d".formatted(NUMBERS.incrementAndGet());
        try {
            Files.createDirectories(outputs().resolve("empty"));
            Path out = outputs().resolve(name + "-out.txt");
            Path err = outputs().resolve(name + "-err.txt");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().clear();
            builder.environment().putAll(environment);
            Process process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            return new Running(process, out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path outputs() {
        return JAR.resolveSibling("it");
    }

    /** The java that runs the tests. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Sends a signal, by its name without SIG. */
    static void signal(Process process, String name) {
        try {
            Process kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
                    .inheritIO()
                    .start();
            if (kill.waitFor() != 0) {
                throw new IllegalStateException("SIG" + name + " could not be sent");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * A run that came to its end.
     *
     * @param out lines on standard output
     * @param err lines on standard error
     */
    public record Ended(int exitCode, List<String> out, List<String> err) {

        public Ended {
            out = List.copyOf(out);
            err = List.copyOf(err);
        }
    }

    /**
     * A process and what it has printed so far.
     *
     * @param outFile where its standard output goes
     * @param errFile where its standard error goes
     */
    record Running(Process process, Path outFile, Path errFile) {

        List<String> out() {
            return lines(outFile);
        }

        List<String> err() {
            return lines(errFile);
        }

        String printed() {
            return String.join("\n", out()) + "\n" + String.join("\n", err());
        }

        private static List<String> lines(Path file) {
            try {
                return Files.readAllLines(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
