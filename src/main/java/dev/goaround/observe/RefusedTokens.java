package dev.goaround.observe;

import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests to the management port with a wrong token. The first is a line of the log at once; those that follow are one line a minute
 * together, with their number and the first of their addresses. Thread-safe.
 */
public final class RefusedTokens {

    private static final Logger LOG = LoggerFactory.getLogger(RefusedTokens.class);

    static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final int MAX_ADDRESSES = 5;

    private final LongSupplier nanoTime;
    private final Set<String> addresses = new LinkedHashSet<>();
    private boolean more;
    private long unreported;
    private long total;
    private @Nullable Long reportedAt;

    /** @param nanoTime as {@link System#nanoTime} */
    public RefusedTokens(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Counts a wrong token from this address; null if the address is not known. */
    public synchronized void refused(@Nullable InetAddress from) {
        total++;
        unreported++;
        String address = from == null ? "an unknown address" : from.getHostAddress();
        if (addresses.size() < MAX_ADDRESSES) {
            addresses.add(address);
        } else if (!addresses.contains(address)) {
            more = true;
        }
        report();
    }

    /** Writes the line that is due, if one is. Called on a timer too, since the last attempts would have none otherwise. */
    public synchronized void report() {
        long now = nanoTime.getAsLong();
        if (unreported == 0 || (reportedAt != null && now - reportedAt < PAUSE_NANOS)) {
            return;
        }
        LOG.warn(
                "management port: {} from {}",
                unreported == 1 ? "a request with a wrong token" : unreported + " requests with a wrong token",
                addresses.stream().collect(Collectors.joining(", ")) + (more ? " and others" : ""));
        reportedAt = now;
        unreported = 0;
        addresses.clear();
        more = false;
    }

    /** The number of wrong tokens since the start. */
    public synchronized long total() {
        return total;
    }
}
