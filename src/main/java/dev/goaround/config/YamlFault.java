package dev.goaround.config;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** A YAML file that can't be read. The parser knows the line but not the file, so the usual places are searched for it. */
public final class YamlFault {

    private static final List<String> FOLDERS = List.of("./", "./config/");
    private static final List<String> FILES = List.of("application.yml", "application.yaml");

    private YamlFault() {}

    /** Returns the sentence for a fault in one of the files that this environment may have been made of. */
    public static String sentence(MarkedYAMLException fault, @Nullable ConfigurableEnvironment environment) {
        return sentence(fault, candidates(environment));
    }

    /** Returns the sentence for a fault in one of these files. */
    static String sentence(MarkedYAMLException fault, List<Resource> candidates) {
        int line = fault.getProblemMark() == null ? 0 : fault.getProblemMark().getLine() + 1;
        String file = candidates.stream()
                .filter(candidate -> hasFault(candidate, line))
                .findFirst()
                .map(SettingSource::file)
                .orElse("application.yml");
        return file + ":" + line + ": not valid YAML, " + fault.getProblem();
    }

    private static List<Resource> candidates(@Nullable ConfigurableEnvironment environment) {
        List<Resource> candidates = new ArrayList<>();
        for (String folder : FOLDERS) {
            FILES.forEach(file -> candidates.add(new FileSystemResource(folder + file)));
        }
        if (environment == null) {
            return candidates;
        }
        for (String key :
                List.of("spring.config.location", "spring.config.additional-location", "spring.config.import")) {
            for (String location : environment.getProperty(key, "").split("[,;]", -1)) {
                String path = location.strip().replaceFirst("^optional:", "").replaceFirst("^file:", "");
                if (path.endsWith("/")) {
                    FILES.forEach(file -> candidates.add(new FileSystemResource(path + file)));
                } else if (!path.isEmpty()) {
                    candidates.add(new FileSystemResource(path));
                }
            }
        }
        return candidates;
    }

    private static boolean hasFault(Resource file, int line) {
        if (!file.isReadable()) {
            return false;
        }
        try {
            new YamlPropertySourceLoader().load("yaml", file);
            return false;
        } catch (MarkedYAMLException e) {
            return e.getProblemMark() == null || e.getProblemMark().getLine() + 1 == line;
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }
}
