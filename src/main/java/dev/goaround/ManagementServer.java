package dev.goaround;

import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.autoconfigure.reactive.ReactiveWebServerConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.client.ReactorResourceFactory;

/**
 * The server of the management port, in a context of its own below the application's. Left to itself, Spring Boot would
 * make it of the same kind as the traffic port's.
 */
@Import({ParentSources.class, ReactiveWebServerConfiguration.class})
class ManagementServer {

    @Bean
    NettyReactiveWebServerFactory managementServerFactory(ReactorResourceFactory resources) {
        NettyReactiveWebServerFactory factory = new NettyReactiveWebServerFactory();
        factory.setResourceFactory(resources);
        factory.addServerCustomizers(server -> server.doOnChannelInit(
                (observer, channel, address) -> channel.pipeline().addFirst(new StalledWriteTimeout())));
        return factory;
    }
}
