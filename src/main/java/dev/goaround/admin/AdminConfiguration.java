package dev.goaround.admin;

import dev.goaround.membership.Membership;
import dev.goaround.observe.EventLog;
import dev.goaround.observe.FailureLog;
import dev.goaround.observe.RefusedTokens;
import dev.goaround.pool.BackendPool;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.EndpointAccessResolver;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.health.application.AvailabilityStateHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.support.RouterFunctionMapping;

/** The beans that operators talk to on the management port. */
@Configuration(proxyBeanMethods = false)
public class AdminConfiguration {

    /** Often enough for what stands between to keep a connection that nothing happens on. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    private static final int BEFORE_ENDPOINTS = -200;

    @Bean
    GoAroundEndpoint goAroundEndpoint(
            BackendPool pool,
            FailureLog failures,
            EventLog events,
            StatusSources sources,
            StateFile stateFile,
            Clock steadyClock) {
        return new GoAroundEndpoint(pool, failures, events, sources, stateFile, steadyClock);
    }

    @Bean
    RefusedTokens refusedTokens() {
        return new RefusedTokens(System::nanoTime);
    }

    @Bean
    ChangeRights changeRights(ChangeSources sources, RefusedTokens refusedTokens, Environment environment) {
        return new ChangeRights(
                sources.callers(),
                sources.settings(),
                environment.getProperty("management.server.address"),
                refusedTokens);
    }

    /** Where both ports are one, only the endpoints are guarded, and all else is the backends'. */
    @Bean
    ManagementGuard managementGuard(
            ObjectProvider<PathMappedEndpoints> paths,
            ChangeRights rights,
            ChangeSources sources,
            Environment environment) {
        boolean onePort = ManagementPortType.get(environment) == ManagementPortType.SAME;
        return new ManagementGuard(() -> onePort ? roots(paths.getObject()) : null, sources.callers(), rights);
    }

    /** The base path, or where there is none the path of each endpoint. */
    private static List<String> roots(PathMappedEndpoints endpoints) {
        String base = endpoints.getBasePath();
        return base.isEmpty() || base.equals("/") ? List.copyOf(endpoints.getAllPaths()) : List.of(base);
    }

    @Bean
    ChangeRoutes changeRoutes(
            ObjectProvider<PathMappedEndpoints> paths,
            ObjectProvider<EndpointAccessResolver> access,
            Membership membership,
            BackendPool pool,
            ChangeSources sources) {
        EndpointId id = EndpointId.of("goaround");
        ChangeRoutes.Place place = new ChangeRoutes.Place(
                () -> paths.getObject().getPath(id),
                () -> access.getObject().accessFor(id, Access.UNRESTRICTED) == Access.UNRESTRICTED);
        return new ChangeRoutes(place, new Changes(membership, pool, sources.defaults()));
    }

    @Bean
    EventLog eventLog(BackendPool pool, Clock clock) {
        EventLog events = new EventLog(clock);
        pool.whenChanged(() -> events.follow(pool.snapshot()));
        events.follow(pool.snapshot());
        return events;
    }

    /** Before the endpoint's own mapping, which knows no streams. */
    @Bean
    @ConditionalOnAvailableEndpoint(GoAroundEndpoint.class)
    RouterFunctionMapping eventStream(EventLog events, WebEndpointProperties properties, ChangeRights rights) {
        EventStream stream = new EventStream(events, HEARTBEAT, rights::address);
        RouterFunctionMapping mapping = new RouterFunctionMapping(RouterFunctions.route(
                RequestPredicates.GET(properties.getBasePath() + "/goaround/events")
                        .and(EventStream::asksForStream),
                stream::handle));
        mapping.setOrder(BEFORE_ENDPOINTS);
        return mapping;
    }

    /** The component {@code pool}: the bean's name without its suffix. */
    @Bean
    PoolHealthIndicator poolHealthIndicator(BackendPool pool) {
        return new PoolHealthIndicator(pool);
    }

    /**
     * Takes the place of Spring Boot's indicator of the same name, which says {@code OUT_OF_SERVICE} during shutdown:
     * not ready is {@code DOWN}, whatever the reason, so that whoever looks at the body needs to know one word only.
     */
    @Bean
    HealthIndicator readinessStateHealthIndicator(ApplicationAvailability availability) {
        return new AvailabilityStateHealthIndicator(availability, ReadinessState.class, states -> {
            states.add(ReadinessState.ACCEPTING_TRAFFIC, Status.UP);
            states.add(ReadinessState.REFUSING_TRAFFIC, Status.DOWN);
        });
    }

    @Bean
    SanitizingFunction hiddenValues() {
        return new HiddenValues();
    }
}
