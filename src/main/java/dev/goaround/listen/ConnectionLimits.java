package dev.goaround.listen;

import dev.goaround.listen.ListenCounts.Limit;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** How many connections clients may have, all together and from one address. Thread-safe. */
final class ConnectionLimits {

    private final int most;
    private final int mostPerAddress;
    private final ListenCounts counts;
    private final AtomicInteger open = new AtomicInteger();

    /** Connections by address; unused without a limit on them. */
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

    /** No limit is null. */
    ConnectionLimits(@Nullable Integer most, @Nullable Integer mostPerAddress, ListenCounts counts) {
        this.counts = counts;
        this.most = most == null ? Integer.MAX_VALUE : most;
        this.mostPerAddress = mostPerAddress == null ? Integer.MAX_VALUE : mostPerAddress;
    }

    /**
     * Counts one more connection, unless that would be too many.
     *
     * @param client whose it is; null if that is not known yet, or is for each request to tell
     */
    boolean take(@Nullable InetAddress client) {
        if (open.incrementAndGet() > most) {
            open.decrementAndGet();
            counts.reached(Limit.CONNECTIONS);
            return false;
        }
        if (client != null && !takeFor(client)) {
            open.decrementAndGet();
            return false;
        }
        counts.connection();
        return true;
    }

    /** Counts a connection, or a request where proxies in front have the connections, for one client, unless that would be too many. */
    boolean takeFor(InetAddress client) {
        if (perAddress() && byAddress.merge(client, 1, Integer::sum) > mostPerAddress) {
            giveFor(client);
            counts.reached(Limit.CONNECTIONS_PER_ADDRESS);
            return false;
        }
        return true;
    }

    /** Whether there is a limit for each client. */
    boolean perAddress() {
        return mostPerAddress != Integer.MAX_VALUE;
    }

    /** Connections that are open. */
    int open() {
        return open.get();
    }

    /** A connection that was counted has ended. */
    void give(@Nullable InetAddress client) {
        open.decrementAndGet();
        if (client != null) {
            giveFor(client);
        }
    }

    /** What was counted for one client has ended. */
    void giveFor(InetAddress client) {
        byAddress.computeIfPresent(client, (known, count) -> count == 1 ? null : count - 1);
    }
}
