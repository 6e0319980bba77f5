package dev.goaround.config;

import dev.goaround.settings.Mistake;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.logging.LogLevel;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * What is logged of whom ({@code logging.level.*}).
 *
 * @param levels by name of a logger, or of a group of them
 */
record LogLevels(Map<String, LogLevel> levels) {

    private static final String KEY = "logging.level";

    LogLevels {
        levels = new TreeMap<>(levels);
    }

    /**
     * Returns the levels that this environment says.
     *
     * @throws InvalidConfigurationException if there is no such level
     */
    static LogLevels of(ConfigurableEnvironment environment) {
        try {
            return new LogLevels(Binder.get(environment)
                    .bind(KEY, Bindable.mapOf(String.class, LogLevel.class))
                    .orElse(Map.of()));
        } catch (BindException e) {
            ConfigurationProperty property = e.getProperty();
            String key = property == null ? KEY : property.getName().toString();
            String value = property == null ? null : String.valueOf(property.getValue());
            Mistake mistake = new Mistake(key, value, Conversion.expected(LogLevel.class));
            throw new InvalidConfigurationException(List.of(new SettingSource(environment).sentence(mistake)));
        }
    }

    /** Sets what differs from those before, null where nothing is said any more, and returns the differences. */
    List<Difference> apply(LogLevels before, BiConsumer<String, @Nullable LogLevel> logging) {
        TreeSet<String> names = new TreeSet<>(levels.keySet());
        names.addAll(before.levels.keySet());
        List<Difference> differences = new ArrayList<>();
        for (String name : names) {
            LogLevel was = before.levels.get(name);
            LogLevel is = levels.get(name);
            if (was != is) {
                logging.accept(name, is);
                differences.add(new Difference(KEY + "." + name, text(was), text(is)));
            }
        }
        return differences;
    }

    private static @Nullable String text(@Nullable LogLevel level) {
        return level == null ? null : level.name().toLowerCase(Locale.ROOT);
    }
}
