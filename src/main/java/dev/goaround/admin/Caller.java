package dev.goaround.admin;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who sends a request to the management endpoints, as far as the connection tells.
 *
 * @param address the other end of the connection, whatever header fields say; null if it can't be told
 * @param forwarded whether a proxy says that it sends the request for somebody else
 */
public record Caller(@Nullable InetAddress address, boolean forwarded) {

    /** Whether the connection comes from this machine. */
    boolean loopback() {
        return address != null && address.isLoopbackAddress();
    }

    /** Whether the request itself does, as far as is known: no proxy on this machine has passed it on. */
    boolean local() {
        return loopback() && !forwarded;
    }
}
