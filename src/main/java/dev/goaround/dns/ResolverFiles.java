package dev.goaround.dns;

import dev.goaround.settings.WatchedFiles;
import io.netty.resolver.dns.DefaultDnsServerAddressStreamProvider;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the system says of names, which may change while GoAround runs: its name servers and the domains to look in ({@code /etc/resolv.conf}), and
 * names of its own ({@code /etc/hosts}). Thread-safe; looking at the files blocks.
 */
public final class ResolverFiles {

    private static final Logger LOG = LoggerFactory.getLogger(ResolverFiles.class);

    /** What Netty asks where a system names no server. They belong to somebody who has no business with the names of backends. */
    private static final Set<String> PUBLIC_SERVERS =
            Set.of("8.8.8.8", "8.8.4.4", "2001:4860:4860:0:0:0:0:8888", "2001:4860:4860:0:0:0:0:8844");

    private final Path resolvConf;
    private final Path hosts;
    private final Supplier<List<InetSocketAddress>> otherwise;
    private final WatchedFiles watched;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Replaced as a whole by whoever has seen a change, one at a time. */
    private volatile Content content;

    private record Content(ResolvConf resolvConf, HostsFile hosts) {}

    /** Returns those of this system. */
    public static ResolverFiles ofSystem() {
        if (PlatformDependent.isWindows()) {
            String root = System.getenv().getOrDefault("SystemRoot", "C:\\Windows");
            Path etc = Path.of(root, "System32", "drivers", "etc");
            return new ResolverFiles(etc.resolve("resolv.conf"), etc.resolve("hosts"), ResolverFiles::ofWindows);
        }
        return new ResolverFiles(Path.of("/etc/resolv.conf"), Path.of("/etc/hosts"));
    }

    public ResolverFiles(Path resolvConf, Path hosts) {
        this(resolvConf, hosts, List::of);
    }

    private ResolverFiles(Path resolvConf, Path hosts, Supplier<List<InetSocketAddress>> otherwise) {
        this.resolvConf = resolvConf;
        this.hosts = hosts;
        this.otherwise = otherwise;
        this.watched = new WatchedFiles(resolvConf, hosts);
        this.content = read();
    }

    /** Adds a listener, which runs after each change. */
    public void addListener(Runnable listener) {
        listeners.add(listener);
    }

    /** Looks for a change, which counts once two looks in a row have found the same. */
    public void look() {
        changed(watched.look());
    }

    /** Looks for a change, which counts at once. */
    public void reload() {
        changed(watched.lookAtOnce());
    }

    private synchronized void changed(boolean so) {
        if (!so) {
            return;
        }
        Content before = content;
        Content now = read();
        content = now;
        if (!now.equals(before)) {
            LOG.info(
                    "{} or {} has changed, name servers: {}",
                    resolvConf,
                    hosts,
                    servers().isEmpty() ? "none" : servers());
            listeners.forEach(Runnable::run);
        }
    }

    private Content read() {
        return new Content(ResolvConf.parse(text(resolvConf)), HostsFile.parse(text(hosts)));
    }

    private static String text(Path file) {
        try {
            // Comments may be in any encoding; nothing else is outside of ASCII.
            return Files.isRegularFile(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            LOG.warn("{} can't be read, going on as if it were empty: {}", file, e.toString());
            return "";
        }
    }

    /** The name servers of the system, none if it names none: nobody else is ever asked. */
    List<InetSocketAddress> servers() {
        List<InetSocketAddress> servers = content.resolvConf().servers();
        return servers.isEmpty() ? otherwise.get() : servers;
    }

    /** Domains in which names are looked for that are not complete. */
    List<String> search() {
        return content.resolvConf().search();
    }

    /** How many dots a name has that is first asked for as it is. */
    int ndots() {
        return content.resolvConf().ndots();
    }

    /** The addresses that the system itself has for a name, none if it has none. */
    List<InetAddress> hosts(String name) {
        return content.hosts().addresses().getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    }

    private static List<InetSocketAddress> ofWindows() {
        return DefaultDnsServerAddressStreamProvider.defaultAddressList().stream()
                .filter(server -> server.getAddress() != null
                        && !PUBLIC_SERVERS.contains(server.getAddress().getHostAddress()))
                .toList();
    }
}
