package dev.goaround.testing;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Sinks;

/**
 * A backend that is a Spring Boot application with its Actuator, as its users have it. It answers its name, under
 * {@code /hold} only after {@link #release}, and under {@code /seen} what it takes for the URL and the client as well. For one
 * thread.
 */
public final class SpringBackend implements AutoCloseable {

    private final String name;
    /** Nobody else gets its port, also while it is stopped. */
    private final HeldPort port = HeldPort.take();

    private ConfigurableApplicationContext context;

    private final List<String> settings;

    private SpringBackend(String name, String version, List<String> settings) {
        this.name = name;
        this.settings = settings;
        this.context = run(version);
    }

    /**
     * Starts one on a free port.
     *
     * @param settings more arguments
     */
    public static SpringBackend start(String name, String version, String... settings) {
        return new SpringBackend(name, version, List.of(settings));
    }

    private ConfigurableApplicationContext run(String version) {
        // What this JVM was told with -D is for the tests of GoAround, whose settings would be looked for there.
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().remove(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.config.location=optional:classpath:/nowhere/",
                "--spring.main.banner-mode=off",
                "--logging.level.root=warn",
                "--server.address=127.0.0.1",
                "--server.port=" + port.port(),
                // GoAround's own defaults are on the class path here, and below these.
                "--management.server.port=" + port.port(),
                "--server.shutdown=graceful",
                "--spring.main.lazy-initialization=false",
                "--management.endpoints.web.exposure.include=health,info",
                "--management.endpoint.health.show-components=always",
                "--management.endpoint.health.group.readiness.include=readinessState,ping",
                "--management.info.env.enabled=true",
                "--info.build.version=" + version,
                "--backend.name=" + name));
        arguments.addAll(settings);
        return new SpringApplicationBuilder(Application.class)
                .environment(environment)
                .run(arguments.toArray(String[]::new));
    }

    /** Refuses traffic, as an application does that is about to stop; what runs goes on. */
    public void refuseTraffic() {
        AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
    }

    /** Lets the requests to {@code /hold} be answered. */
    public void release() {
        context.getBean(Sinks.Empty.class).tryEmitEmpty();
    }

    /** Stops in order: what runs is finished. */
    public void stop() {
        context.close();
    }

    /** Starts again, after a stop, on the same port. */
    public void startAgain(String version) {
        context = run(version);
    }

    public String url() {
        return "http://127.0.0.1:" + port.port();
    }

    /** The backend's id in the status. */
    public String id() {
        return "127.0.0.1-" + port.port();
    }

    @Override
    public void close() {
        context.close();
        port.close();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        /** Event loops of its own, or the first application to stop would stop those of the other. */
        @Bean
        ReactorResourceFactory reactorResourceFactory() {
            ReactorResourceFactory resources = new ReactorResourceFactory();
            resources.setUseGlobalResources(false);
            return resources;
        }

        @Bean
        Sinks.Empty<Void> released() {
            return Sinks.empty();
        }

        @Bean
        RouterFunction<ServerResponse> answers(Environment environment, Sinks.Empty<Void> released) {
            String name = environment.getRequiredProperty("backend.name");
            return RouterFunctions.route(
                            RequestPredicates.path("/hold"),
                            request ->
                                    released.asMono().then(ServerResponse.ok().bodyValue(name)))
                    .andRoute(
                            RequestPredicates.path("/"),
                            request -> ServerResponse.ok().bodyValue(name))
                    .andRoute(
                            RequestPredicates.path("/seen"),
                            request -> ServerResponse.ok()
                                    .bodyValue(name + " " + request.uri() + " from " + client(request)));
        }

        private static String client(ServerRequest request) {
            return request.remoteAddress().map(InetSocketAddress::getHostString).orElse("nobody");
        }
    }
}
