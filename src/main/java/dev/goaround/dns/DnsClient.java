package dev.goaround.dns;

import dev.goaround.membership.DnsSettings;
import dev.goaround.membership.NameServer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.resolver.dns.DnsServerAddressStream;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/**
 * Asks the name servers of the settings, or the system's, over UDP, and over TCP what does not fit there (RFC 1035 section
 * 4.2, RFC 7766). The file of hosts is not read, and nothing is remembered: when to ask again is for others to say.
 *
 * <p>Name servers are asked in their order until one knows, twice round, since a packet may get lost. Thread-safe.
 */
public final class DnsClient implements NameServer, AutoCloseable {

    /** How often each name server is asked. */
    private static final int ROUNDS = 2;

    private final DnsSettings settings;
    private final LoopResources loopResources;

    /** Made for the first question; written under this object's lock. */
    private volatile @Nullable Resolver resolver;

    public DnsClient(DnsSettings settings, LoopResources loopResources) {
        this.settings = settings;
        this.loopResources = loopResources;
    }

    @Override
    public Mono<Answer> ask(Question question) {
        return Mono.<Answer>create(sink -> {
                    Resolver open = resolver();
                    List<InetSocketAddress> servers = new ArrayList<>(open.servers());
                    for (int round = 1; round < ROUNDS; round++) {
                        servers.addAll(open.servers());
                    }
                    new Inquiry(open.netty(), question, servers, sink::success).next();
                })
                // Whoever hears the answer changes the pool, which is no work for an event loop.
                .publishOn(Schedulers.boundedElastic());
    }

    private Resolver resolver() {
        Resolver open = resolver;
        return open != null ? open : open();
    }

    private synchronized Resolver open() {
        Resolver known = resolver;
        if (known != null) {
            return known;
        }
        List<InetSocketAddress> servers = settings.servers().isEmpty() ? systems() : settings.addresses();
        EventLoopGroup loops = loopResources.onClient(true);
        EventLoop loop = loops.next();
        DnsNameResolver netty = new DnsNameResolverBuilder(loop)
                .datagramChannelFactory(() -> loopResources.onChannel(DatagramChannel.class, loops))
                .socketChannelFactory(() -> loopResources.onChannel(SocketChannel.class, loops))
                // A port of its own for every question: whoever wants to forge the answer has to guess it (RFC 5452).
                .datagramChannelStrategy(DnsNameResolverChannelStrategy.ChannelPerResolution)
                .queryTimeoutMillis(
                        Math.max(1, settings.timeout().toMillis() / ((long) ROUNDS * Math.max(1, servers.size()))))
                .build();
        Resolver opened = new Resolver(netty, servers);
        resolver = opened;
        return opened;
    }

    /** The system's name servers: {@code /etc/resolv.conf} as it is now. */
    private static List<InetSocketAddress> systems() {
        DnsServerAddressStream stream =
                DnsServerAddressStreamProviders.platformDefault().nameServerAddressStream("");
        Set<InetSocketAddress> servers = new LinkedHashSet<>();
        for (int i = 0; i < stream.size(); i++) {
            servers.add(stream.next());
        }
        return List.copyOf(servers);
    }

    @Override
    public synchronized void close() {
        Resolver open = resolver;
        if (open != null) {
            open.netty().close();
        }
    }

    /** @param servers those to ask, in this order */
    private record Resolver(DnsNameResolver netty, List<InetSocketAddress> servers) {}
}
