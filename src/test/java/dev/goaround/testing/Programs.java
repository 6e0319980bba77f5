package dev.goaround.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Programs of the machine that some tests need. */
final class Programs {

    private Programs() {}

    /**
     * Returns where a program is. Where it is not installed the test is skipped and says so, but fails in continuous integration.
     *
     * @param packages what to install on Debian
     */
    static Path require(String name, String packages) {
        Optional<Path> program = Stream.concat(
                        Stream.of(System.getenv("PATH").split(File.pathSeparator)), Stream.of("/usr/bin", "/usr/sbin"))
                .map(place -> Path.of(place, name))
                .filter(Files::isExecutable)
                .findFirst();
        String missing = name + " is not installed (Debian: " + packages + ")";
        if (System.getenv("CI") == null) {
            Assumptions.assumeTrue(program.isPresent(), missing);
        }
        return program.orElseThrow(() -> new IllegalStateException(missing));
    }

    /** Ends a program; it is gone when this returns. */
    static void kill(Process process) {
        process.destroyForcibly();
        try {
            process.waitFor(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
