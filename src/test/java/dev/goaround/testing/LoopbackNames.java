package dev.goaround.testing;

import dev.goaround.upstream.HostResolver;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The names of hosts in tests, none of which is ever asked for. */
public final class LoopbackNames {

    /** Knows {@code localhost} only, by both of its addresses. */
    public static final HostResolver RESOLVER = (host, loop) -> host.equals("localhost")
            ? loop.newSucceededFuture(addresses("127.0.0.1", "::1"))
            : loop.newFailedFuture(new UnknownHostException(host));

    private LoopbackNames() {}

    /** Knows every host by these addresses. */
    public static HostResolver of(String... addresses) {
        return (host, loop) -> loop.newSucceededFuture(addresses(addresses));
    }

    private static List<InetAddress> addresses(String... literals) {
        List<InetAddress> addresses = new ArrayList<>();
        Stream.of(literals).forEach(literal -> {
            try {
                addresses.add(InetAddress.getByName(literal));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(literal, e);
            }
        });
        return addresses;
    }
}
