package dev.goaround.accesslog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Names of what a process was given, such as {@code /dev/stdout}, which are links to what may well be a regular file. That file belongs to
 * whatever started the process.
 */
final class SpecialFiles {

    private static final int MAX_LINKS = 40;

    private static final Path DESCRIPTORS = Path.of("/dev/fd");
    private static final Path PROCESSES = Path.of("/proc");
    private static final Set<Path> STREAMS =
            Set.of(Path.of("/dev/stdin"), Path.of("/dev/stdout"), Path.of("/dev/stderr"));
    private static final Set<Path> STANDARD_OUTPUT =
            Set.of(Path.of("/dev/stdout"), Path.of("/dev/fd/1"), Path.of("/proc/self/fd/1"));

    private SpecialFiles() {}

    /** Whether this name is one of these or leads to one by links. */
    static boolean leadsTo(Path path) {
        return names(path).stream()
                .anyMatch(name -> STREAMS.contains(name) || name.startsWith(DESCRIPTORS) || name.startsWith(PROCESSES));
    }

    /** Whether this name is, or leads by links to, that of the process's standard output. */
    static boolean leadsToStandardOutput(Path path) {
        return names(path).stream().anyMatch(STANDARD_OUTPUT::contains);
    }

    /** The name and those that it leads to, link by link. */
    private static List<Path> names(Path path) {
        List<Path> names = new ArrayList<>();
        Path at = path.toAbsolutePath().normalize();
        names.add(at);
        try {
            while (names.size() <= MAX_LINKS && Files.isSymbolicLink(at)) {
                at = at.resolveSibling(Files.readSymbolicLink(at)).normalize();
                names.add(at);
            }
        } catch (IOException e) {
            // What can't be followed can't be opened either, which says why.
        }
        return names;
    }
}
