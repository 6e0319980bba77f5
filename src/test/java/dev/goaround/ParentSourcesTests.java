package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class ParentSourcesTests {

    private static final String VARIABLES = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;

    @Test
    void theManagementPortsContextReadsWhatTheApplicationReadsInTheSameOrder() {
        try (GenericApplicationContext application = new GenericApplicationContext();
                AnnotationConfigApplicationContext management = new AnnotationConfigApplicationContext()) {
            StandardEnvironment settings = new StandardEnvironment();
            settings.getPropertySources().addFirst(source("flags", "server.port", "3000"));
            settings.getPropertySources().replace(VARIABLES, source(VARIABLES, "other", "kept"));
            application.setEnvironment(settings);
            application.refresh();
            management
                    .getEnvironment()
                    .getPropertySources()
                    .replace(
                            VARIABLES,
                            new MapPropertySource(
                                    VARIABLES, Map.of("server.port", "tcp://10.0.0.1:80", "dropped", "x")));
            management.setParent(application);
            management.register(Importing.class);
            management.refresh();

            assertThat(management.getEnvironment().getProperty("server.port")).isEqualTo("3000");
            assertThat(management.getEnvironment().getProperty("other")).isEqualTo("kept");
            assertThat(management.getEnvironment().getProperty("dropped")).isNull();
        }
    }

    private static MapPropertySource source(String name, String key, String value) {
        return new MapPropertySource(name, Map.of(key, value));
    }

    @Configuration(proxyBeanMethods = false)
    @Import(ParentSources.class)
    static class Importing {}
}
