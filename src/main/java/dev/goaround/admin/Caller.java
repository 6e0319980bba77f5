package dev.goaround.admin;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The sender of a request to the management endpoints, as far as the connection tells, and the request line as it came.
 *
 * @param address the other end of the connection, whatever header fields say; null if it can't be told
 * @param client the address of the sender as a trusted proxy tells it, for limits and logs, never for rights; null if it can't be told
 * @param forwarded whether a proxy says that it sends the request for somebody else
 * @param target the target of the request; null if it can't be told
 * @param http10 whether the request is one of HTTP/1.0
 */
public record Caller(
        @Nullable InetAddress address,
        @Nullable InetAddress client,
        boolean forwarded,
        @Nullable String target,
        boolean http10) {

    /** A caller of whose request line nothing more is known than Spring tells. */
    public Caller(@Nullable InetAddress address, boolean forwarded) {
        this(address, address, forwarded, null, false);
    }

    /** Whether the connection comes from this machine. */
    boolean loopback() {
        return address != null && address.isLoopbackAddress();
    }

    /** Whether the request itself does, as far as is known: no proxy on this machine has passed it on. */
    boolean local() {
        return loopback() && !forwarded;
    }
}
