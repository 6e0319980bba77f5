package dev.goaround.config;

import dev.goaround.membership.BackendDefaults;
import dev.goaround.membership.BackendEntry;
import dev.goaround.membership.BackendList;
import dev.goaround.membership.Reading;
import dev.goaround.settings.Mistake;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginTrackedValue;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.boot.origin.TextResourceOrigin.Location;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A file of backends: YAML as {@code application.yml} has it, with or without the key, or one URL a line. Which of the two
 * its first line tells, whatever its name.
 */
public final class BackendFile {

    private static final String KEY = "goaround.backends";

    /** How YAML begins: with a mark of a document, an element of a list, or a key and its colon. */
    private static final Pattern YAML = Pattern.compile("---.*|%YAML.*|[-\\[{].*|[A-Za-z.\"']+:(\\s.*)?");

    private static final Pattern COMMENT = Pattern.compile("(^|\\s)#.*");

    /** What the loader of YAML calls a document that is a list. */
    private static final String WHOLE = "document";

    private final Path file;
    private final Supplier<BackendDefaults> defaults;

    /** @param defaults gives what holds for backends that say nothing of it */
    public BackendFile(Path file, Supplier<BackendDefaults> defaults) {
        this.file = file;
        this.defaults = defaults;
    }

    /** Returns what this content of the file says. */
    public Reading read(String content) {
        List<String> lines = content.lines().map(BackendFile::withoutComment).toList();
        String first =
                lines.stream().filter(line -> !line.isEmpty()).findFirst().orElse("");
        try {
            return checked(YAML.matcher(first).matches() ? yaml(content) : urls(lines));
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            return Reading.refused(name() + ":" + line + ": not valid YAML, " + e.getProblem());
        } catch (YAMLException | IllegalStateException | IOException e) {
            return Reading.refused(name() + ": not valid YAML, " + e.getMessage());
        }
    }

    private static String withoutComment(String line) {
        return COMMENT.matcher(line.startsWith("\uFEFF") ? line.substring(1) : line)
                .replaceFirst("")
                .strip();
    }

    private Map<String, Object> urls(List<String> lines) {
        Map<String, Object> values = new LinkedHashMap<>();
        Resource whole = new Content("");
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isEmpty()) {
                values.put(
                        KEY + "[" + values.size() + "]",
                        OriginTrackedValue.of(lines.get(i), new TextResourceOrigin(whole, new Location(i, 0))));
            }
        }
        return values;
    }

    private Map<String, Object> yaml(String content) throws IOException {
        List<PropertySource<?>> documents = new YamlPropertySourceLoader().load(name(), new Content(content));
        if (documents.size() > 1) {
            throw new IllegalStateException("expected one document, not " + documents.size());
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (PropertySource<?> document : documents) {
            ((MapPropertySource) document).getSource().forEach((key, value) -> values.put(inFull(key), value));
        }
        return values;
    }

    private static String inFull(String key) {
        for (String short_ : List.of(WHOLE, "backends")) {
            if (key.equals(short_) || key.startsWith(short_ + "[")) {
                return KEY + key.substring(short_.length());
            }
        }
        return key;
    }

    private Reading checked(Map<String, Object> values) {
        List<String> sentences = strangers(values);
        ConfigurableEnvironment environment = new OnlyThis();
        environment.getPropertySources().addFirst(new OriginTrackedMapPropertySource(name(), values));
        ConfigurationPropertySources.attach(environment);
        sentences.addAll(new UnknownKeys(environment).sentences());
        SettingSource source = new SettingSource(environment);
        Noting noting = new Noting(source);
        List<BackendEntry> entries = Binder.get(environment)
                .bind(KEY, Bindable.listOf(BackendEntry.class), noting)
                .orElse(List.of());
        noting.mistakes.forEach(mistake -> sentences.add(source.sentence(mistake)));
        if (!sentences.isEmpty()) {
            return new Reading(List.of(), sentences);
        }
        BackendList list = BackendList.of(KEY, entries, defaults.get());
        return new Reading(
                list.specs(), list.mistakes().stream().map(source::sentence).toList());
    }

    /** Takes out what has no place here, whether or not there is such a setting, and returns a sentence for each. */
    private List<String> strangers(Map<String, Object> values) {
        List<String> sentences = new ArrayList<>();
        values.entrySet().removeIf(value -> {
            String key = value.getKey();
            boolean stranger = !key.equals(KEY) && !key.startsWith(KEY + "[");
            if (stranger) {
                String expected = "has no place in a file of backends, expected " + KEY;
                sentences.add(SettingSource.sentence(key, null, expected, Origin.from(value.getValue())));
            }
            return stranger;
        });
        return sentences;
    }

    private String name() {
        return SettingSource.file(new FileSystemResource(file));
    }

    /** A content of the file, which may have another one by now. */
    private final class Content extends ByteArrayResource {

        Content(String content) {
            super(content.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public boolean isFile() {
            return true;
        }

        @Override
        public File getFile() {
            return file.toFile();
        }
    }

    /** An environment without that of the process. */
    private static final class OnlyThis extends StandardEnvironment {

        @Override
        protected void customizePropertySources(MutablePropertySources sources) {
            // None of them.
        }
    }

    /** Notes what fails and lets the binding go on. */
    private static final class Noting implements BindHandler {

        private final SettingSource source;
        private final List<Mistake> mistakes = new ArrayList<>();

        Noting(SettingSource source) {
            this.source = source;
        }

        @Override
        public @Nullable Object onFailure(
                ConfigurationPropertyName name, Bindable<?> target, BindContext context, Exception error) {
            Class<?> type = target.getBoxedType().resolve(Object.class);
            ConfigurationProperty property = source.failed(name, context);
            // Every number of a backend has a bound, by which the list refuses it.
            Object standIn = Overflow.standIn(type, property == null ? null : String.valueOf(property.getValue()));
            if (standIn == null && !type.isRecord()) {
                mistakes.addAll(Conversion.mistakes(name, target, property, error));
            }
            return standIn;
        }
    }
}
