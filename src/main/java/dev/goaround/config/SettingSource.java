package dev.goaround.config;

import dev.goaround.settings.Mistake;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.boot.origin.SystemEnvironmentOrigin;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.env.Environment;
import org.springframework.core.io.Resource;

/** Where settings were set, and with that the sentence that tells a user of a mistake in the words that he typed. */
public final class SettingSource {

    private final Iterable<ConfigurationPropertySource> sources;

    public SettingSource(Environment environment) {
        this.sources = ConfigurationPropertySources.get(environment);
    }

    /**
     * Returns one sentence: the flag or key, the value, what is wrong with it, and for a file or the environment where
     * it was found.
     */
    public String sentence(Mistake mistake) {
        ConfigurationProperty property = property(mistake.key());
        if (property == null) {
            return sentence(mistake.key(), mistake.value(), mistake.expected(), null);
        }
        String key = mistake.key();
        boolean shared = ConfigurationPropertyName.of(key).getParent().equals(property.getName())
                || (key.endsWith(".url") && !property.getName().toString().endsWith(".url"));
        String value = mistake.value();
        if (value != null && !shared && !isSecret(key) && !value.contains("******")) {
            // As it was typed: 0.5s, not 500ms.
            value = String.valueOf(property.getValue());
        }
        return sentence(key, value, mistake.expected(), property.getOrigin());
    }

    /** Returns the sentence for a mistake whose origin is known. */
    static String sentence(String key, @Nullable String value, String expected, @Nullable Origin found) {
        Origin origin = found instanceof PropertySourceOrigin wrapper ? wrapper.getOrigin() : found;
        String shown = value == null || value.isBlank() ? "" : " " + (isSecret(key) ? "******" : value);
        if (origin instanceof FlagOrigin flag) {
            return flag.flag() + shown + ": " + expected;
        }
        String name = key.endsWith("].url") ? key.substring(0, key.length() - ".url".length()) : key;
        return name + shown + ": " + expected + place(origin);
    }

    /**
     * Returns the property whose binding failed. Where there is no conversion for its value, the binder has looked for parts of it
     * and forgotten it.
     */
    @Nullable
    ConfigurationProperty failed(ConfigurationPropertyName name, BindContext context) {
        ConfigurationProperty property = context.getConfigurationProperty();
        return property == null ? property(name) : property;
    }

    /** Returns what a value for this target would look like. */
    public static String expected(Bindable<?> target) {
        return Conversion.expected(target.getBoxedType().resolve(Object.class));
    }

    /** Whether the value of this key must never be shown. */
    public static boolean isSecret(String key) {
        return key.matches("(?i).*(password|secret|token|credentials)");
    }

    private @Nullable ConfigurationProperty property(String key) {
        for (String candidate : candidates(key)) {
            ConfigurationProperty property = property(ConfigurationPropertyName.of(candidate));
            if (property != null) {
                return property;
            }
        }
        return null;
    }

    private @Nullable ConfigurationProperty property(ConfigurationPropertyName name) {
        for (ConfigurationPropertySource source : sources) {
            ConfigurationProperty property = source.getConfigurationProperty(name);
            if (property != null) {
                return property;
            }
        }
        return null;
    }

    /** A backend's URL may have been written as its url, as the element itself, or as a part of a comma separated list. */
    private static List<String> candidates(String key) {
        List<String> candidates = new ArrayList<>(List.of(key));
        int index = key.indexOf('[');
        if (index >= 0) {
            candidates.add(key.substring(0, key.indexOf(']') + 1));
            candidates.add(key.substring(0, index));
        }
        return candidates;
    }

    private static String place(@Nullable Origin origin) {
        if (origin instanceof SystemEnvironmentOrigin variable) {
            return " (" + variable.getProperty() + ")";
        }
        if (origin instanceof TextResourceOrigin text && text.getResource() != null) {
            String line =
                    text.getLocation() == null ? "" : ":" + (text.getLocation().getLine() + 1);
            return " (" + file(text.getResource()) + line + ")";
        }
        return "";
    }

    /** The file as the user would name it from where he stands. */
    public static String file(Resource resource) {
        try {
            if (resource.isFile()) {
                Path here = Path.of("").toAbsolutePath();
                Path path = resource.getFile().toPath().toAbsolutePath().normalize();
                return (path.startsWith(here) ? here.relativize(path) : path).toString();
            }
        } catch (IOException e) {
            // Then the description has to do.
        }
        return resource.getDescription();
    }
}
