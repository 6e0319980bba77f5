package dev.goaround.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.observe.FailureLog;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

class ReadinessDuringShutdownHttpTests {

    @Test
    void aStoppingGoAroundIsAliveAndNotReadyThoughItsBackendsAreHealthy() throws Exception {
        Prober prober;
        try (ConfigurableApplicationContext context =
                new SpringApplicationBuilder(Application.class).run("--server.port=0", "--management.server.port=0")) {
            prober = context.getBean(Prober.class);
            prober.ask();
        }

        assertThat(prober.answers).containsExactly("readiness 200", "liveness 200", "readiness 503", "liveness 200");
    }

    /** Asks both groups, once more when the context begins to stop: its phase is the first to be stopped. */
    private static final class Prober implements SmartLifecycle {

        private final List<String> answers = new ArrayList<>();
        private final HttpClient client = HttpClient.newHttpClient();
        private final Environment environment;
        private boolean running;

        Prober(Environment environment) {
            this.environment = environment;
        }

        void ask() throws Exception {
            for (String group : List.of("readiness", "liveness")) {
                URI uri = URI.create("http://127.0.0.1:" + environment.getRequiredProperty("local.management.port")
                        + "/actuator/health/" + group);
                int status = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                        .statusCode();
                answers.add(group + " " + status);
            }
        }

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            running = false;
            try {
                ask();
            } catch (Exception e) {
                answers.add(e.toString());
            }
        }

        @Override
        public boolean isRunning() {
            return running;
        }
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
        BackendPool pool(Clock clock) {
            BackendPool pool = new BackendPool(Balancers.named("least-requests").orElseThrow(), clock);
            pool.replace(List.of(new BackendSpec(URI.create("http://localhost:9000"), 1, 1024, false)));
            pool.report(pool.snapshot().members().get(0).backend(), Health.HEALTHY, "200");
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
                    () -> "least-requests",
                    backend -> Optional.empty(),
                    backend -> Optional.empty(),
                    List::of,
                    ConfigurationView::none,
                    List::of);
        }

        @Bean
        Prober prober(Environment environment) {
            return new Prober(environment);
        }
    }
}
