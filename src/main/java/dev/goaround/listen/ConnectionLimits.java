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

    /** Counts one more connection from the address, unless that would be too many. */
    boolean take(InetAddress address) {
        if (open.incrementAndGet() > most) {
            open.decrementAndGet();
            counts.reached(Limit.CONNECTIONS);
            return false;
        }
        if (mostPerAddress != Integer.MAX_VALUE && byAddress.merge(address, 1, Integer::sum) > mostPerAddress) {
            give(address);
            counts.reached(Limit.CONNECTIONS_PER_ADDRESS);
            return false;
        }
        counts.connection();
        return true;
    }

    /** Connections that are open. */
    int open() {
        return open.get();
    }

    /** A connection that was counted has ended. */
    void give(InetAddress address) {
        open.decrementAndGet();
        byAddress.computeIfPresent(address, (known, count) -> count == 1 ? null : count - 1);
    }
}
