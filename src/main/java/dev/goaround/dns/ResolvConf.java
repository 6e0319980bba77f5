package dev.goaround.dns;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /etc/resolv.conf} says (resolv.conf(5)). Lines that make no sense are skipped, as everybody does.
 *
 * @param servers the name servers in their order; none if it names none
 * @param search domains in which names are looked for that are not complete
 * @param ndots how many dots a name has that is first asked for as it is
 */
record ResolvConf(List<InetSocketAddress> servers, List<String> search, int ndots) {

    private static final int DNS = 53;
    private static final int MAX_NDOTS = 15;

    /** An address, with a port in either of the forms of the BSDs: {@code [::1]:53}, {@code 127.0.0.1.53}. */
    private static final Pattern SERVER =
            Pattern.compile("\\[([^]]+)](?::([0-9]{1,5}))?|([0-9]+(?:\\.[0-9]+){3})\\.([0-9]{1,5})|(.+)");

    ResolvConf {
        servers = List.copyOf(servers);
        search = List.copyOf(search);
    }

    /** Says nothing. */
    static ResolvConf empty() {
        return new ResolvConf(List.of(), List.of(), 1);
    }

    static ResolvConf parse(String content) {
        Set<InetSocketAddress> servers = new LinkedHashSet<>();
        List<String> search = List.of();
        int ndots = 1;
        for (String line : content.split("\\R", -1)) {
            String[] words = line.replaceFirst("[#;].*", "").strip().split("\\s+", -1);
            switch (words[0]) {
                case "nameserver" -> {
                    InetSocketAddress server = words.length < 2 ? null : server(words[1]);
                    if (server != null) {
                        servers.add(server);
                    }
                }
                // The last of these counts.
                case "search", "domain" ->
                    search = Stream.of(words).skip(1).map(ResolvConf::domain).toList();
                case "options" -> ndots = ndots(words, ndots);
                default -> {
                    // Nothing that is of use here.
                }
            }
        }
        return new ResolvConf(new ArrayList<>(servers), search, ndots);
    }

    private static String domain(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static int ndots(String[] options, int before) {
        int ndots = before;
        for (String option : options) {
            if (option.matches("ndots:[0-9]{1,3}")) {
                ndots = Math.min(MAX_NDOTS, Integer.parseInt(option.substring(6)));
            }
        }
        return ndots;
    }

    private static @Nullable InetSocketAddress server(String text) {
        Matcher parts = SERVER.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        String host = first(parts, 1, 3, 5);
        String port = first(parts, 2, 4);
        int number = port.isEmpty() ? DNS : Integer.parseInt(port);
        InetAddress address = address(host);
        return address == null || number < 1 || number > 65_535 ? null : new InetSocketAddress(address, number);
    }

    /** Returns the address that the text is, or null if it is none. Asks nobody. */
    static @Nullable InetAddress address(String text) {
        if (!NetUtil.isValidIpV4Address(text) && !NetUtil.isValidIpV6Address(text)) {
            return null;
        }
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            // The zone of an IPv6 address that this machine does not have.
            return null;
        }
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
