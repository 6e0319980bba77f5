package dev.goaround.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.bootstrap.DefaultBootstrapContext;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.config.ConfigDataEnvironmentUpdateListener;
import org.springframework.boot.context.config.ConfigDataException;
import org.springframework.boot.context.config.ConfigDataLocation;
import org.springframework.boot.context.config.ConfigDataResource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * The files that the settings are read from, by Spring Boot's own machinery: wherever it looks for them, and whatever they
 * import, is known from having been asked for, whether or not there is a file yet. For one thread.
 */
final class ConfigurationFiles {

    private static final long LARGEST = 16L * 1024 * 1024;

    private static final int MOST_ENTRIES = 1000;

    private static final int DEEPEST = 5;

    private static final Set<String> EXTENSIONS = Set.of("yml", "yaml", "properties", "xml");

    private final ConfigurableEnvironment running;

    /** Where Spring Boot looked last. */
    private Set<Path> places = new TreeSet<>();

    /** Those of them that are folders of which each file is a setting ({@code configtree:}). */
    private Set<Path> trees = new TreeSet<>();

    /** @param running what GoAround was started with */
    ConfigurationFiles(ConfigurableEnvironment running) {
        this.running = running;
    }

    /**
     * Reads all files again and returns the settings as they would be after a restart.
     *
     * @throws InvalidConfigurationException if a file can't be read
     */
    ConfigurableEnvironment read() {
        Set<Path> asked = new TreeSet<>();
        Trees found = new Trees();
        ConfigurableEnvironment fresh = new Outside(OutsideSources.of(running));
        try {
            ConfigDataEnvironmentPostProcessor.applyTo(
                    fresh, new Noting(asked), new DefaultBootstrapContext(), List.of(), found);
            places = asked;
            places.addAll(found.folders);
            trees = found.folders;
        } catch (RuntimeException e) {
            // It may have stopped before it had asked for everything.
            places.addAll(asked);
            throw new InvalidConfigurationException(List.of(sentence(e)));
        }
        Defaults.addTo(fresh.getPropertySources());
        ConfigurationPropertySources.attach(fresh);
        return fresh;
    }

    private String sentence(RuntimeException failure) {
        Throwable root = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof MarkedYAMLException yaml) {
                return YamlFault.sentence(yaml, files());
            }
            root = cause;
        }
        Throwable told = failure instanceof ConfigDataException ? failure : root;
        return String.valueOf(told.getMessage()).lines().findFirst().orElse("").strip();
    }

    private List<Resource> files() {
        return places.stream()
                .filter(Files::isRegularFile)
                .<Resource>map(FileSystemResource::new)
                .toList();
    }

    /** The files that there are, and what is in them, as far as it takes to see whether it is another thing than before. */
    Map<Path, String> contents() {
        Map<Path, String> contents = new TreeMap<>();
        for (Path place : places) {
            if (Files.isRegularFile(place)) {
                contents.put(place, content(place));
            } else if (trees.contains(place)) {
                leaves(place).forEach(file -> contents.put(file, content(file)));
            } else if (Files.isDirectory(place)) {
                inFoldersOf(place).forEach(file -> contents.put(file, content(file)));
            }
        }
        return contents;
    }

    /** Files that Spring Boot may find for a location such as config/&#42;/, of which it only asks for what is above the asterisk. */
    private static List<Path> inFoldersOf(Path place) {
        return entries(place).stream()
                .filter(folder -> Files.isDirectory(folder) && !name(folder).startsWith(".."))
                .flatMap(folder -> entries(folder).stream())
                .filter(file -> EXTENSIONS.contains(extension(file)) && Files.isRegularFile(file))
                .toList();
    }

    private static List<Path> leaves(Path tree) {
        try (Stream<Path> files = Files.walk(tree, DEEPEST, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(file -> Files.isRegularFile(file)
                            && tree.relativize(file).toString().indexOf("..") < 0)
                    .limit(MOST_ENTRIES)
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    private static List<Path> entries(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.limit(MOST_ENTRIES).toList();
        } catch (IOException | RuntimeException e) {
            return List.of();
        }
    }

    private static String extension(Path file) {
        String name = name(file);
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static String content(Path file) {
        try {
            if (Files.size(file) > LARGEST) {
                return Files.size(file) + " " + Files.getLastModifiedTime(file);
            }
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return Base64.getEncoder().encodeToString(digest);
        } catch (IOException e) {
            return "unreadable";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** What is set outside of files. */
    private static final class Outside extends StandardEnvironment {

        Outside(List<PropertySource<?>> sources) {
            sources.forEach(getPropertySources()::addLast);
        }

        @Override
        protected void customizePropertySources(MutablePropertySources sources) {
            // None but those given.
        }
    }

    /** Notes which files are asked for. */
    private static final class Noting extends DefaultResourceLoader {

        private static final Path HERE = Path.of("").toAbsolutePath();

        private final Set<Path> asked;

        Noting(Set<Path> asked) {
            // The thread's own class loader, the default, may not know Spring Boot: that of a signal's thread in a JDK
            // as of
            // 25 sees the outermost jar only.
            super(ConfigurationFiles.class.getClassLoader());
            this.asked = asked;
        }

        @Override
        public Resource getResource(String location) {
            Resource resource = super.getResource(location);
            try {
                if (resource.isFile()) {
                    Path path = resource.getFile().toPath().toAbsolutePath().normalize();
                    // Spring Boot makes sure that this folder is there, and looks for nothing unnamed in it.
                    if (!path.equals(HERE)) {
                        asked.add(path);
                    }
                }
            } catch (IOException | RuntimeException e) {
                // What is no file does not change.
            }
            return resource;
        }
    }

    /** Notes folders of which each file is a setting ({@code configtree:}). */
    private static final class Trees implements ConfigDataEnvironmentUpdateListener {

        private final Set<Path> folders = new TreeSet<>();

        @Override
        public void onPropertySourceAdded(
                PropertySource<?> source,
                @Nullable ConfigDataLocation location,
                @Nullable ConfigDataResource resource) {
            if (source.getSource() instanceof Path folder) {
                folders.add(folder.toAbsolutePath().normalize());
            }
        }
    }
}
