package dev.goaround.upstream;

import dev.goaround.pool.Backend;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeFunctions;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * The {@code WebClient} towards each backend.
 *
 * <p>It is used through its {@link ExchangeFunction}, which is the part of it that a proxy needs: no URI templates, no
 * codecs, no default headers.
 */
public final class UpstreamClients implements AutoCloseable {

    private final UpstreamSettings settings;
    private final LoopResources loopResources;
    private final @Nullable SslContext tls;
    private final DnsAddressResolverGroup resolvers;
    private final Map<Backend, ExchangeFunction> clients = new ConcurrentHashMap<>();

    /**
     * @param tls verifies {@code https} backends; null if there can be none
     */
    public UpstreamClients(UpstreamSettings settings, LoopResources loopResources, @Nullable SslContext tls) {
        this.settings = settings;
        this.loopResources = loopResources;
        this.tls = tls;
        EventLoopGroup any = loopResources.onClient(true);
        this.resolvers = new DnsAddressResolverGroup(new DnsNameResolverBuilder()
                .datagramChannelFactory(() -> loopResources.onChannel(DatagramChannel.class, any)));
    }

    /**
     * Sends a request to a backend.
     *
     * @return the answer as soon as its head is there, or an {@link AttemptFailedException}
     */
    public Mono<UpstreamResponse> exchange(Backend backend, UpstreamRequest request) {
        return clientFor(backend)
                .exchange(new NativeClientRequest(request, backend.spec().uri()))
                .map(response -> response.body((message, context) -> (UpstreamResponse) message));
    }

    private ExchangeFunction clientFor(Backend backend) {
        ExchangeFunction known = clients.get(backend);
        return known != null ? known : clients.computeIfAbsent(backend, this::newClient);
    }

    private ExchangeFunction newClient(Backend backend) {
        Dialer dialer = new Dialer(backend.spec(), settings, loopResources, resolvers, tls);
        return ExchangeFunctions.create(new BackendConnector(new BackendConnections(backend, dialer)));
    }

    @Override
    public void close() {
        resolvers.close();
    }
}
