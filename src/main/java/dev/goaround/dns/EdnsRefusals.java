package dev.goaround.dns;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Which name servers have responded only without EDNS, and are asked without it for a while. Thread-safe; as large as the lists of name servers. */
final class EdnsRefusals {

    /** How long that is believed: servers are replaced, and a lost packet looks the same. */
    static final long NANOS = TimeUnit.MINUTES.toNanos(15);

    private static final int MAX_SERVERS = 1000;

    private final LongSupplier nanoTime;
    private final Map<InetSocketAddress, Long> since = new ConcurrentHashMap<>();

    EdnsRefusals(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    void add(InetSocketAddress server) {
        if (since.size() >= MAX_SERVERS) {
            since.clear();
        }
        since.put(server, nanoTime.getAsLong());
    }

    boolean contains(InetSocketAddress server) {
        Long known = since.get(server);
        if (known != null && nanoTime.getAsLong() - known >= NANOS) {
            since.remove(server, known);
            return false;
        }
        return known != null;
    }
}
