package dev.goaround.listen;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The client of a request on a connection of a trusted proxy, which counts among those of that client while it is under way, as a
 * connection of the client's own would. Belongs to one event loop.
 */
final class NamedClient {

    private final ConnectionLimits limits;
    private final Peer peer;
    private @Nullable InetAddress counted;

    NamedClient(ConnectionLimits limits, Peer peer) {
        this.limits = limits;
        this.peer = peer;
    }

    /** Counts a request, unless its client has as many as it may. */
    boolean take(HttpHeaders headers, TrustedProxies trusted) {
        InetAddress client = limits.perAddress() ? trusted.named(headers, peer.address()) : null;
        if (client == null) {
            return true;
        }
        if (!limits.takeFor(client)) {
            return false;
        }
        counted = client;
        return true;
    }

    /** The request is over. */
    void give() {
        InetAddress client = counted;
        if (client != null) {
            counted = null;
            limits.giveFor(client);
        }
    }
}
