package dev.goaround.upstream;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;

/** Knows the addresses of hosts. Thread-safe. */
@FunctionalInterface
public interface HostResolver {

    /**
     * Returns the addresses of a host, in the order in which they are preferred; never none: a host without an address fails with an {@link
     * java.net.UnknownHostException}. Asks nobody to wait: it may take as long as name servers do.
     *
     * @param loop notifies of the result
     */
    Future<List<InetAddress>> resolve(String host, EventLoop loop);
}
