package dev.goaround.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ClassPathResource;

/**
 * The settings of Spring Boot's that GoAround has defaults of its own for. They are a source below all others. In an
 * {@code application.yml} of the jar they would be gone as soon as a user has files looked for elsewhere, by {@code spring.config.location} or
 * {@code spring.config.name}.
 */
final class Defaults implements EnvironmentPostProcessor, Ordered {

    private static final String FILE = "defaults.yml";

    private static final String NAME = "goaround (defaults)";

    /** After all files are known, of which none names others by what stands here. */
    @Override
    public int getOrder() {
        return ConfigDataEnvironmentPostProcessor.ORDER + 1;
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        addTo(environment.getPropertySources());
    }

    /** Adds them below those that are there. */
    static void addTo(MutablePropertySources sources) {
        try {
            List<PropertySource<?>> loaded =
                    new YamlPropertySourceLoader().load(NAME, new ClassPathResource(FILE, Defaults.class));
            loaded.forEach(sources::addLast);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
