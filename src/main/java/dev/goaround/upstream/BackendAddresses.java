package dev.goaround.upstream;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of backends in the order in which connections try them: first the one that accepted the latest connection, then the rest by turns of
 * IPv6 and IPv4 (RFC 8305 section 4). Thread-safe.
 */
final class BackendAddresses {

    /** As many hosts as a list of backends may name. */
    private static final int MAX_REMEMBERED = 10_000;

    private final HostResolver resolver;

    /** Host and port to the address that accepted last. Any thread writes; at its bound it starts anew. */
    private final Map<String, InetAddress> accepted = new ConcurrentHashMap<>();

    BackendAddresses(HostResolver resolver) {
        this.resolver = resolver;
    }

    /**
     * Finds the addresses of a host. Called on the event loop, on which it calls back: at once for what is an address already, else in a task of its own.
     */
    void find(
            String host,
            int port,
            EventLoop loop,
            Consumer<List<InetSocketAddress>> found,
            Consumer<UnknownHostException> failed) {
        if (literal(host)) {
            found.accept(List.of(new InetSocketAddress(host, port)));
            return;
        }
        resolver.resolve(host, loop)
                .addListener((Future<List<InetAddress>> resolved) -> loop.execute(() -> {
                    if (resolved.isSuccess()) {
                        found.accept(order(resolved.getNow(), accepted.get(key(host, port))).stream()
                                .map(address -> new InetSocketAddress(address, port))
                                .toList());
                    } else {
                        failed.accept(unresolved(resolved.cause()));
                    }
                }));
    }

    /** Remembers which address of a host accepted a connection. */
    void accepts(String host, int port, InetAddress address) {
        if (literal(host)) {
            return;
        }
        String key = key(host, port);
        if (address.equals(accepted.get(key))) {
            return;
        }
        if (accepted.size() >= MAX_REMEMBERED) {
            accepted.clear();
        }
        accepted.put(key, address);
    }

    private static boolean literal(String host) {
        return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    }

    private static String key(String host, int port) {
        return host + ":" + port;
    }

    /** Returns the addresses in turns of families, beginning with that of the first one. */
    static List<InetAddress> order(Collection<InetAddress> addresses, @Nullable InetAddress latest) {
        Deque<InetAddress> left = new ArrayDeque<>(addresses);
        if (latest != null && left.remove(latest)) {
            left.addFirst(latest);
        }
        List<InetAddress> ordered = new ArrayList<>(left.size());
        boolean four = left.peekFirst() instanceof Inet4Address;
        while (!left.isEmpty()) {
            boolean wanted = four;
            InetAddress next = left.stream()
                    .filter(address -> address instanceof Inet4Address == wanted)
                    .findFirst()
                    .orElse(left.getFirst());
            left.remove(next);
            ordered.add(next);
            four = !(next instanceof Inet4Address);
        }
        return ordered;
    }

    /** Returns the failure as callers expect it, whatever kept the name from being resolved. */
    private static UnknownHostException unresolved(Throwable cause) {
        UnknownHostException unknown = new UnknownHostException();
        unknown.initCause(cause);
        return unknown;
    }
}
