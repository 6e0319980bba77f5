package dev.goaround.admin;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of an endless stream of the management port: how many viewers it has in all, and from one address, so that no address
 * takes the slots of the others. Addresses of IPv6 count by their first 64 bits, which is what one machine gets. Thread-safe.
 */
public final class StreamSlots {

    static final int MAX_VIEWERS = 64;
    static final int MAX_VIEWERS_PER_ADDRESS = 8;

    /** Viewers by address; at most as many entries as viewers. */
    private final Map<ByteBuffer, Integer> viewers = new HashMap<>();

    private int total;

    /** Takes a slot for a viewer at this address, null if it is not known. Returns whether there was one. */
    public synchronized boolean take(@Nullable InetAddress address) {
        if (full(address)) {
            return false;
        }
        viewers.merge(key(address), 1, Integer::sum);
        total++;
        return true;
    }

    /** Whether there is no slot for a viewer at this address. */
    synchronized boolean full(@Nullable InetAddress address) {
        return total >= MAX_VIEWERS || viewers.getOrDefault(key(address), 0) >= MAX_VIEWERS_PER_ADDRESS;
    }

    /** Gives a slot back that was taken for this address. */
    public synchronized void give(@Nullable InetAddress address) {
        viewers.computeIfPresent(key(address), (known, count) -> count == 1 ? null : count - 1);
        total--;
    }

    private static ByteBuffer key(@Nullable InetAddress address) {
        if (address == null) {
            return ByteBuffer.allocate(0);
        }
        byte[] bytes = address.getAddress();
        return ByteBuffer.wrap(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
    }
}
