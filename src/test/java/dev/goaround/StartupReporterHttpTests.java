package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.admin.AdminConfiguration;
import dev.goaround.admin.ConfigurationView;
import dev.goaround.admin.NoChangesConfiguration;
import dev.goaround.admin.StatusSources;
import dev.goaround.balance.Balancers;
import dev.goaround.demo.DemoBackends;
import dev.goaround.observe.FailureLog;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.logging.LoggingSystemProperty;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@ExtendWith(OutputCaptureExtension.class)
class StartupReporterHttpTests {

    /** Spring Boot hands the format to Logback by a system property, which would outlive the test. */
    @AfterEach
    void forgetTheLogFormat() {
        System.clearProperty(LoggingSystemProperty.CONSOLE_STRUCTURED_FORMAT.getEnvironmentVariableName());
    }

    @Test
    void namesThePortsReallyTakenAndWarnsOnceWithoutBackends(CapturedOutput output) {
        try (ConfigurableApplicationContext context = run()) {
            assertThat(output.getOut())
                    .contains("GoAround 1.2.3  http://localhost:" + port(context, "server")
                            + "  (status http://127.0.0.1:" + port(context, "management") + "/actuator/goaround)")
                    .doesNotContain("curl");
            assertThat(output.getOut().lines().filter(line -> line.contains("WARN")))
                    .singleElement()
                    .asString()
                    .contains("no backends");
        }
    }

    @Test
    void demoShowsItsBackendsAndWhatToTry(CapturedOutput output) {
        try (ConfigurableApplicationContext context = run("--goaround.demo=true")) {
            List<URI> urls = context.getBean(DemoBackends.class).urls();

            assertThat(output.getOut())
                    .contains("round-robin over 3 backends:")
                    .contains(urls.stream()
                            .map(url -> url + "  degraded: not probed yet")
                            .toList())
                    .contains("  curl http://localhost:" + port(context, "server") + "/")
                    .contains("  curl -X POST " + urls.get(2) + "/off");
        }
    }

    @Test
    void structuredLoggingKeepsEveryLineJson(CapturedOutput output) {
        try (ConfigurableApplicationContext context = run("--logging.structured.format.console=ecs")) {
            assertThat(context.isRunning()).isTrue();
            assertThat(output.getOut().lines())
                    .isNotEmpty()
                    .allSatisfy(line ->
                            assertThat(line).startsWith("{\"@timestamp\":").endsWith("}"));
            assertThat(output.getOut()).contains("\"message\":\"GoAround 1.2.3  http://localhost:");
        }
    }

    private static ConfigurableApplicationContext run(String... args) {
        List<String> all = new ArrayList<>(List.of("--server.port=0", "--management.server.port=0"));
        all.addAll(List.of(args));
        return new SpringApplication(Application.class).run(all.toArray(new String[0]));
    }

    private static String port(ConfigurableApplicationContext context, String server) {
        return context.getEnvironment().getRequiredProperty("local." + server + ".port");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({AdminConfiguration.class, NoChangesConfiguration.class})
    static class Application {

        @Bean
        Clock clock() {
            return Clock.systemUTC();
        }

        @Bean
        @ConditionalOnBooleanProperty("goaround.demo")
        DemoBackends demoBackends() {
            return DemoBackends.start();
        }

        @Bean
        BackendPool pool(Clock clock, ObjectProvider<DemoBackends> demo) {
            BackendPool pool = new BackendPool(Balancers.named("round-robin").orElseThrow(), clock);
            demo.ifAvailable(backends -> pool.replace(backends.urls().stream()
                    .map(url -> new BackendSpec(url, 1, 1024, false))
                    .toList()));
            return pool;
        }

        @Bean
        FailureLog failureLog() {
            return new FailureLog();
        }

        @Bean
        StatusSources statusSources() {
            return new StatusSources(
                    "1.2.3",
                    () -> "round-robin",
                    backend -> Optional.empty(),
                    backend -> Optional.empty(),
                    List::of,
                    ConfigurationView::none,
                    List::of);
        }

        @Bean
        StartupReporter startupReporter(BackendPool pool, StatusSources sources, ObjectProvider<DemoBackends> demo) {
            return new StartupReporter(pool, sources, false, demo.getIfAvailable());
        }
    }
}
