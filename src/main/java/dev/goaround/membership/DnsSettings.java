package dev.goaround.membership;

import dev.goaround.settings.Cidr;
import dev.goaround.settings.Mistake;
import dev.goaround.settings.Requirements;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the names of {@code dns} and {@code srv} backends are resolved ({@code goaround.dns.*}).
 *
 * @param servers Name servers to ask, each an address with an optional port. Unset means the system's.
 * @param timeout Longest wait for an answer, over all name servers; at the start GoAround waits as long for all names.
 * @param minTtl Shortest time after which a name is asked for again, whatever its TTL says.
 * @param maxTtl Longest time after which it is; a name that is said not to exist keeps its last addresses as long.
 * @param maxBackends Most backends that one name stands for; of more addresses or hosts the first in order are used.
 */
public record DnsSettings(
        @DefaultValue List<String> servers,
        @DefaultValue("5s") Duration timeout,
        @DefaultValue("5s") Duration minTtl,
        @DefaultValue("60s") Duration maxTtl,
        @DefaultValue("1000") int maxBackends) {

    private static final int DNS = 53;
    private static final int MAX_BACKENDS = 10_000;
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Pattern SERVER =
            Pattern.compile("\\[([^]]+)](?::([0-9]{1,5}))?|([^:]+)(?::([0-9]{1,5}))?|(.+)");

    public DnsSettings {
        servers = List.copyOf(servers);
        new Requirements("goaround.dns")
                .all(mistakes(servers))
                .duration("timeout", timeout)
                .duration("max-ttl", maxTtl)
                .range("max-backends", maxBackends, 1, MAX_BACKENDS)
                .that(minTtl.compareTo(LEAST) >= 0, "min-ttl", minTtl, "expected at least 1s")
                .that(maxTtl.compareTo(minTtl) >= 0, "max-ttl", maxTtl, "expected at least goaround.dns.min-ttl")
                .enforce();
    }

    /** The name servers to ask; none means the system's. */
    public List<InetSocketAddress> addresses() {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String server : servers) {
            InetSocketAddress address = address(server);
            if (address != null) {
                addresses.add(address);
            }
        }
        return addresses;
    }

    private static List<Mistake> mistakes(List<String> servers) {
        List<Mistake> mistakes = new ArrayList<>();
        for (int i = 0; i < servers.size(); i++) {
            if (address(servers.get(i)) == null) {
                mistakes.add(new Mistake(
                        "goaround.dns.servers[" + i + "]",
                        servers.get(i),
                        "expected an address such as 10.0.0.2, 10.0.0.2:5353 or [fd00::53]:53"));
            }
        }
        return mistakes;
    }

    /** Returns the address, or null if it is none: a name server has no name, since nobody could be asked for it. */
    private static @Nullable InetSocketAddress address(String server) {
        Matcher parts = SERVER.matcher(server.strip());
        if (!parts.matches()) {
            return null;
        }
        String host = first(parts, 1, 3, 5);
        String port = first(parts, 2, 4);
        int number = port.isEmpty() ? DNS : Integer.parseInt(port);
        try {
            Cidr.parse(host);
        } catch (IllegalArgumentException e) {
            return null;
        }
        // Only an address is left, so that this asks nobody.
        return host.indexOf('/') >= 0 || number < 1 || number > 65_535 ? null : new InetSocketAddress(host, number);
    }

    private static String first(Matcher parts, int... groups) {
        for (int group : groups) {
            String part = parts.group(group);
            if (part != null) {
                return part;
            }
        }
        return "";
    }
}
