package dev.goaround.proxy;

import dev.goaround.http.ReplayMemory;
import dev.goaround.limit.WaitQueue;
import dev.goaround.listen.InboundRequest;
import dev.goaround.pool.BackendPool;
import dev.goaround.retry.HedgePolicy;
import dev.goaround.retry.RetryPolicy;
import dev.goaround.retry.TroubledRequest;
import dev.goaround.upstream.UpstreamClients;
import java.time.Clock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/** The data path: a {@link RouterFunction} that forwards every path. */
@Configuration(proxyBeanMethods = false)
public class ProxyConfiguration {

    @Bean
    ProxyHandler proxyHandler(
            BackendPool pool,
            WaitQueue queue,
            UpstreamClients clients,
            Supplier<ProxySettings> settings,
            RetryPolicy retryPolicy,
            HedgePolicy hedgePolicy,
            ReplayMemory replayMemory,
            Consumer<TroubledRequest> troubles,
            RequestTally tally,
            Clock clock) {
        HeaderRules rules = new HeaderRules(
                () -> settings.get().trusted(),
                () -> settings.get().claims(),
                () -> settings.get().forwarding().via());
        Inquest inquest = new Inquest(troubles, tally, clock, System::nanoTime);
        Forwarder forwarder = new Forwarder(clients, rules, inquest);
        return new ProxyHandler(
                pool,
                queue,
                settings,
                rules,
                new Affinity(settings),
                forwarder,
                retryPolicy,
                hedgePolicy,
                replayMemory,
                inquest);
    }

    /** Everything on the traffic port. The management port's context sees this route as well, and must not take it. */
    @Bean
    RouterFunction<ServerResponse> forwardEverything(ProxyHandler handler) {
        return RouterFunctions.route(
                request -> request.exchange().getRequest() instanceof InboundRequest, handler::handle);
    }

    /** Where the management endpoints share the traffic port, Spring's general handler serves both instead. */
    @Bean
    @Conditional(TrafficPortOnly.class)
    HttpHandler trafficHandler(RouterFunction<ServerResponse> forwardEverything) {
        return new RouterHttpHandler(forwardEverything);
    }

    static final class TrafficPortOnly implements Condition {
        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            return ManagementPortType.get(context.getEnvironment()) != ManagementPortType.SAME;
        }
    }
}
