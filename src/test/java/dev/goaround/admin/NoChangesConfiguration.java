package dev.goaround.admin;

import dev.goaround.membership.BackendDefaults;
import dev.goaround.membership.Membership;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Protocol;
import dev.goaround.testing.Pools;
import java.net.InetAddress;
import java.time.Clock;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What {@link AdminConfiguration} needs for changes, for tests that make none. */
@Configuration(proxyBeanMethods = false)
public class NoChangesConfiguration {

    @Bean
    Membership membership(BackendPool pool, Clock clock) {
        return new Membership(pool, Pools.names(), clock);
    }

    @Bean
    ChangeSources changeSources() {
        return new ChangeSources(
                new ManagementSettings(null, null, List.of(), null),
                () -> new BackendDefaults(MaxConnections.valueOf(1024), Protocol.AUTO, false),
                request -> new Caller(InetAddress.getLoopbackAddress(), false));
    }

    @Bean
    StateFile stateFile(Clock clock) {
        return new StateFile(null, clock);
    }
}
