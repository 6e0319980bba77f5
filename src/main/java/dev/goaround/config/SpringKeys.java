package dev.goaround.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;

/** Settings in files that are Spring Boot's and not GoAround's. Ports are among them. None can be changed while it runs. */
final class SpringKeys {

    /** What is compared elsewhere, and what only says where else to look. */
    private static final List<ConfigurationPropertyName> OTHERS = List.of(
            ConfigurationPropertyName.of(SettingsKeys.ROOT),
            ConfigurationPropertyName.of("logging.level"),
            ConfigurationPropertyName.of("spring.config"),
            ConfigurationPropertyName.of("spring.profiles"));

    private SpringKeys() {}

    /** What files set otherwise, or not any more, unless something that wins over files sets it. */
    static List<Difference> differences(ConfigurableEnvironment before, ConfigurableEnvironment after) {
        Set<ConfigurationPropertyName> names = new TreeSet<>(inFiles(before));
        names.addAll(inFiles(after));
        List<Difference> differences = new ArrayList<>();
        for (ConfigurationPropertyName name : names) {
            String was = value(before, name);
            String is = value(after, name);
            if (was == null ? is != null : !was.equals(is)) {
                differences.add(new Difference(name.toString(), was, is));
            }
        }
        return differences;
    }

    private static Set<ConfigurationPropertyName> inFiles(ConfigurableEnvironment environment) {
        Set<ConfigurationPropertyName> names = new TreeSet<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            Object underlying = source.getUnderlyingSource();
            boolean file = underlying instanceof OriginTrackedMapPropertySource
                    || underlying instanceof ConfigTreePropertySource;
            if (file && source instanceof IterableConfigurationPropertySource iterable) {
                iterable.stream().filter(SpringKeys::counts).forEach(names::add);
            }
        }
        return names;
    }

    private static boolean counts(ConfigurationPropertyName name) {
        return OTHERS.stream().noneMatch(other -> other.equals(name) || other.isAncestorOf(name));
    }

    private static @Nullable String value(ConfigurableEnvironment environment, ConfigurationPropertyName name) {
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            ConfigurationProperty property = source.getConfigurationProperty(name);
            if (property != null) {
                // An empty collection in YAML is a value as well.
                return property.getValue() instanceof Map<?, ?> ? "{}" : String.valueOf(property.getValue());
            }
        }
        return null;
    }
}
