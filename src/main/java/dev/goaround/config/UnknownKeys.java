package dev.goaround.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** The keys under {@code goaround} that are set but don't exist: a typo there would otherwise go unnoticed for years. */
final class UnknownKeys {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of(SettingsKeys.ROOT);

    private final ConfigurableEnvironment environment;
    private final SettingsKeys keys = new SettingsKeys();

    UnknownKeys(ConfigurableEnvironment environment) {
        this.environment = environment;
    }

    /** One sentence for each. */
    Set<String> sentences() {
        Set<String> sentences = new LinkedHashSet<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource variables) {
                sentences.addAll(variables(variables));
            } else if (source instanceof IterableConfigurationPropertySource iterable) {
                sentences.addAll(names(iterable));
            }
        }
        return sentences;
    }

    private List<String> names(IterableConfigurationPropertySource source) {
        List<String> sentences = new ArrayList<>();
        for (ConfigurationPropertyName name : source) {
            if ((!ROOT.isAncestorOf(name) && !ROOT.equals(name)) || keys.knows(name)) {
                continue;
            }
            ConfigurationProperty property = source.getConfigurationProperty(name);
            String value = property == null ? "" : String.valueOf(property.getValue());
            Origin origin = property == null ? null : property.getOrigin();
            if (!keys.isGroup(name)) {
                String nearest = keys.nearest(name)
                        .map(key -> ", did you mean " + key + "?")
                        .orElse("");
                sentences.add(SettingSource.sentence(name.toString(), null, "unknown setting" + nearest, origin));
            } else if (!value.isBlank()) {
                String expected = "expected settings below it, not a value";
                sentences.add(SettingSource.sentence(name.toString(), value, expected, origin));
            }
        }
        return sentences;
    }

    private List<String> variables(SystemEnvironmentPropertySource source) {
        List<String> sentences = new ArrayList<>();
        for (String variable : source.getPropertyNames()) {
            if (!variable.startsWith(SettingsKeys.ROOT.toUpperCase(Locale.ROOT) + "_")
                    || keys.knowsVariable(variable)) {
                continue;
            }
            String nearest = keys.nearestVariable(variable)
                    .map(known -> ", did you mean " + known + "?")
                    .orElse("");
            sentences.add(variable + ": unknown setting" + nearest);
        }
        return sentences;
    }
}
