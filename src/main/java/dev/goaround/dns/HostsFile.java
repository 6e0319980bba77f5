package dev.goaround.dns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code /etc/hosts} says (hosts(5)): the addresses of names, in the order of the lines. Lines that make no sense are skipped.
 *
 * @param addresses by names in lower case
 */
record HostsFile(Map<String, List<InetAddress>> addresses) {

    HostsFile {
        addresses = Map.copyOf(addresses);
    }

    static HostsFile parse(String content) {
        Map<String, List<InetAddress>> addresses = new HashMap<>();
        for (String line : content.split("\\R", -1)) {
            String[] words = line.replaceFirst("#.*", "").strip().split("\\s+", -1);
            InetAddress address = ResolvConf.address(words[0]);
            for (int i = 1; address != null && i < words.length; i++) {
                List<InetAddress> known =
                        addresses.computeIfAbsent(words[i].toLowerCase(Locale.ROOT), key -> new ArrayList<>());
                if (!known.contains(address)) {
                    known.add(address);
                }
            }
        }
        addresses.replaceAll((name, known) -> List.copyOf(known));
        return new HostsFile(addresses);
    }
}
