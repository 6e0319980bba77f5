package dev.goaround.dns;

import dev.goaround.membership.NameServer.Answer;
import dev.goaround.membership.NameServer.Question;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/**
 * Questions to name servers, over UDP, and over TCP what does not fit there (RFC 1035 section 4.2, RFC 7766). Nothing is remembered of the
 * answers.
 *
 * <p>Name servers are asked in their order until one knows, twice round, since a packet may get lost. Thread-safe.
 */
final class DnsQueries implements AutoCloseable {

    /** How often each name server is asked. */
    private static final int ROUNDS = 2;

    private final Supplier<List<InetSocketAddress>> servers;
    private final Duration timeout;
    private final LoopResources loopResources;
    private final EdnsRefusals refusals = new EdnsRefusals(System::nanoTime);

    /** Made for the first question, and anew when there are more or fewer servers; written under this object's lock. */
    private volatile @Nullable Sockets sockets;

    /**
     * @param servers those to ask, in this order; looked at for each question
     * @param timeout over all of them
     */
    DnsQueries(Supplier<List<InetSocketAddress>> servers, Duration timeout, LoopResources loopResources) {
        this.servers = servers;
        this.timeout = timeout;
        this.loopResources = loopResources;
    }

    /** Asks; the listener hears the answer on an event loop, once. */
    void ask(Question question, Consumer<Answer> listener) {
        List<InetSocketAddress> once = servers.get();
        List<InetSocketAddress> all = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            all.addAll(once);
        }
        Sockets open = sockets(Math.max(1, once.size()));
        open.loop().execute(() -> new Inquiry(open, refusals, question, all, listener).next());
    }

    private Sockets sockets(int count) {
        Sockets open = sockets;
        return open != null && open.servers() == count ? open : open(count);
    }

    private synchronized Sockets open(int count) {
        Sockets known = sockets;
        if (known != null && known.servers() == count) {
            return known;
        }
        EventLoopGroup loops = loopResources.onClient(true);
        EventLoop loop = known == null ? loops.next() : known.loop();
        Sockets opened =
                new Sockets(loop, resolver(loops, loop, count, true), resolver(loops, loop, count, false), count);
        sockets = opened;
        if (known != null) {
            // Questions under way have their time.
            loop.schedule(known::close, timeout.toMillis(), TimeUnit.MILLISECONDS);
        }
        return opened;
    }

    private DnsNameResolver resolver(EventLoopGroup loops, EventLoop loop, int count, boolean edns) {
        return new DnsNameResolverBuilder(loop)
                .datagramChannelFactory(() -> loopResources.onChannel(DatagramChannel.class, loops))
                .socketChannelFactory(() -> loopResources.onChannel(SocketChannel.class, loops))
                // A port of its own for every question: whoever wants to forge the answer has to guess it (RFC 5452).
                .datagramChannelStrategy(DnsNameResolverChannelStrategy.ChannelPerResolution)
                .optResourceEnabled(edns)
                // Each question says whom it asks. Left alone, Netty reads the system's files once and for all.
                .nameServerProvider(new SingletonDnsServerAddressStreamProvider(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)))
                .hostsFileEntriesResolver((name, families) -> null)
                .searchDomains(List.of())
                .ndots(1)
                .queryTimeoutMillis(Math.max(1, timeout.toMillis() / ((long) ROUNDS * count)))
                .build();
    }

    @Override
    public synchronized void close() {
        Sockets open = sockets;
        if (open != null) {
            open.close();
        }
    }

    /**
     * What asks one name server once.
     *
     * @param edns with EDNS, which lets larger answers come over UDP (RFC 6891)
     * @param plain without
     * @param servers how many share the time
     */
    record Sockets(EventLoop loop, DnsNameResolver edns, DnsNameResolver plain, int servers) {

        void close() {
            edns.close();
            plain.close();
        }
    }
}
