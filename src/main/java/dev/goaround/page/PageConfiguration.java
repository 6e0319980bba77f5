package dev.goaround.page;

import dev.goaround.admin.ChangeRights;
import dev.goaround.admin.GoAroundEndpoint;
import dev.goaround.admin.StatusSources;
import dev.goaround.limit.WaitQueue;
import dev.goaround.observe.TrafficHistory;
import dev.goaround.pool.BackendPool;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** The beans of the status page. */
@Configuration(proxyBeanMethods = false)
public class PageConfiguration {

    @Bean
    PageRoutes pageRoutes(
            ObjectProvider<PathMappedEndpoints> paths,
            Environment environment,
            BackendPool pool,
            TrafficHistory history,
            WaitQueue queue,
            GoAroundEndpoint endpoint,
            ChangeRights rights,
            StatusSources sources) {
        boolean ownPort = ManagementPortType.get(environment) == ManagementPortType.DIFFERENT;
        LiveStatus live = new LiveStatus(pool, history, queue::length, endpoint);
        return new PageRoutes(
                () -> ownPort ? paths.getObject().getPath(EndpointId.of("goaround")) : null,
                new StatusPage(pool, sources),
                live,
                rights);
    }
}
