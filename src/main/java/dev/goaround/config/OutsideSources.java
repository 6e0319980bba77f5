package dev.goaround.config;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;

/**
 * Notes, just before Spring Boot goes looking for files, what is set outside of them and does not change while GoAround runs:
 * flags, arguments, the process's environment. Files that are read again take their place below these.
 */
final class OutsideSources implements EnvironmentPostProcessor, Ordered {

    private static final String NAME = "goaround (outside of files)";

    /** The view of all sources that Spring Boot puts in front of them; each environment gets its own. */
    private static final String VIEW = "configurationProperties";

    @Override
    public int getOrder() {
        return ConfigDataEnvironmentPostProcessor.ORDER - 1;
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        MutablePropertySources sources = environment.getPropertySources();
        sources.addLast(new Note(sources.stream()
                .filter(source -> !source.getName().equals(VIEW))
                .toList()));
    }

    /** Returns what was noted; nothing if the environment was made otherwise. */
    static List<PropertySource<?>> of(ConfigurableEnvironment environment) {
        return environment.getPropertySources().get(NAME) instanceof Note note ? note.getSource() : List.of();
    }

    /** A source of nothing, that carries the note from where Spring Boot prepares the start to where it is needed. */
    private static final class Note extends PropertySource<List<PropertySource<?>>> {

        Note(List<PropertySource<?>> sources) {
            super(NAME, sources);
        }

        @Override
        public @Nullable Object getProperty(String name) {
            return null;
        }
    }
}
