package dev.goaround.dns;

import dev.goaround.upstream.HostResolver;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/**
 * The addresses of hosts: by the system's file of hosts if it names them, else by its name servers, whose answers are kept for their TTL. When no name
 * server responds, what one has said last holds on. Thread-safe.
 */
public final class HostNames implements HostResolver, AutoCloseable {

    /** As many hosts as a list of backends may name. */
    private static final int MAX_KNOWN = 10_000;

    /** How long what held until now holds on while no name server responds. */
    private static final long AGAIN_NANOS = Duration.ofSeconds(5).toNanos();

    /** How long an answer that holds no longer waits for the next one before it is used all the same (RFC 8767 section 5). */
    private static final long STALE_MILLIS = 500;

    private static final List<InetAddress> LOOPBACK =
            List.of(address(127, 0, 0, 1), address(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));

    private final ResolverFiles files;
    private final DnsQueries queries;
    private final EventLoop loop;

    /** Written on the event loop, read anywhere; at its bound it starts anew. */
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    /** Names that are being asked for. Belongs to the event loop. */
    private final Map<String, HostLookup> underWay = new HashMap<>();

    /** @param until in nanoseconds of the event loop's clock */
    private record Known(List<InetAddress> addresses, long until) {}

    /** @param timeout over all name servers, for each form of a name */
    public HostNames(ResolverFiles files, Duration timeout, LoopResources loopResources) {
        this.files = files;
        this.queries = new DnsQueries(files::servers, timeout, loopResources);
        this.loop = loopResources.onClient(true).next();
        files.addListener(known::clear);
    }

    @Override
    public Future<List<InetAddress>> resolve(String host, EventLoop asker) {
        String name = host.toLowerCase(Locale.ROOT);
        String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        List<InetAddress> own = files.hosts(plain);
        if (own.isEmpty() && (plain.equals("localhost") || plain.endsWith(".localhost"))) {
            // Such names are no business of name servers (RFC 6761 section 6.3).
            own = LOOPBACK;
        }
        if (!own.isEmpty()) {
            return asker.newSucceededFuture(own);
        }
        Known latest = known.get(name);
        if (latest != null && latest.until() - loop.ticker().nanoTime() > 0) {
            return asker.newSucceededFuture(latest.addresses());
        }
        Promise<List<InetAddress>> found = asker.newPromise();
        loop.execute(() -> {
            underWay.computeIfAbsent(name, this::begin).tell(found);
            if (latest != null) {
                loop.schedule(() -> found.trySuccess(latest.addresses()), STALE_MILLIS, TimeUnit.MILLISECONDS);
            }
        });
        return found;
    }

    private HostLookup begin(String name) {
        HostLookup lookup = new HostLookup(name, files.search(), files.ndots(), queries::ask, loop, new Ended(name));
        // Not at once: an answer may come at once, and the lookup has to be known by then.
        loop.execute(lookup::next);
        return lookup;
    }

    private final class Ended implements HostLookup.Listener {

        private final String name;

        Ended(String name) {
            this.name = name;
        }

        @Override
        public void found(List<InetAddress> addresses, Duration ttl) {
            if (known.size() >= MAX_KNOWN) {
                known.clear();
            }
            known.put(name, new Known(addresses, loop.ticker().nanoTime() + ttl.toNanos()));
        }

        @Override
        public @Nullable List<InetAddress> unknown(boolean absent) {
            if (absent) {
                known.remove(name);
                return null;
            }
            Known before = known.computeIfPresent(
                    name, (key, old) -> new Known(old.addresses(), loop.ticker().nanoTime() + AGAIN_NANOS));
            return before == null ? null : before.addresses();
        }

        @Override
        public void over() {
            underWay.remove(name);
        }
    }

    private static InetAddress address(int... octets) {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("these are addresses", e);
        }
    }

    @Override
    public void close() {
        queries.close();
    }
}
