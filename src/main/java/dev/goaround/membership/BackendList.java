package dev.goaround.membership;

import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Protocol;
import dev.goaround.settings.Mistake;
import dev.goaround.settings.ZoneName;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Backends as someone lists them, checked together.
 *
 * @param specs what the pool is given; complete only if there are no mistakes
 * @param mistakes everything wrong with the list
 */
public record BackendList(List<BackendSpec> specs, List<Mistake> mistakes) {

    /** How long a list may be; a longer one is of something else. */
    private static final int MAX_ENTRIES = 10_000;

    /** Most that a backend may weigh. */
    private static final int HEAVIEST = 1000;

    /** The level that comes last. */
    private static final int LAST = 100;

    private static final Pattern USER_INFO = Pattern.compile("(?<=//)[^/@]*@");

    public BackendList {
        specs = List.copyOf(specs);
        mistakes = List.copyOf(mistakes);
    }

    /**
     * Checks the entries; one without a limit or protocol of its own gets the given one.
     *
     * @param list the name of the list, by which mistakes call its elements: {@code goaround.backends}
     */
    public static BackendList of(String list, List<BackendEntry> entries, BackendDefaults defaults) {
        List<BackendSpec> specs = new ArrayList<>();
        List<Mistake> mistakes = new ArrayList<>();
        Map<String, URI> seen = new HashMap<>();
        if (entries.size() > MAX_ENTRIES) {
            mistakes.add(new Mistake(list, entries.size() + " backends", "expected at most " + MAX_ENTRIES));
            return new BackendList(specs, mistakes);
        }
        for (int i = 0; i < entries.size(); i++) {
            BackendEntry entry = entries.get(i);
            String key = list + "[" + i + "]";
            checkNumbers(key, entry, mistakes);
            URI uri = uri(key, entry, mistakes);
            if (uri == null) {
                continue;
            }
            MaxConnections limit = entry.maxConnections();
            Protocol protocol = entry.protocol() == null ? defaults.protocol() : entry.protocol();
            BackendSpec spec = new BackendSpec(
                    uri,
                    entry.weight(),
                    limit == null ? defaults.maxConnections() : limit,
                    entry.backup(),
                    protocol,
                    entry.priority(),
                    entry.zone(),
                    null);
            checkProtocol(entry.protocol() == null ? "goaround.upstream.protocol" : key + ".protocol", spec, mistakes);
            if (defaults.http1Only() && (entry.protocol() == Protocol.H2 || entry.protocol() == Protocol.H2C)) {
                mistakes.add(new Mistake(
                        key + ".protocol",
                        entry.protocol().name().toLowerCase(Locale.ROOT),
                        "goaround.upstream.proxy-protocol needs HTTP/1.1"));
            }
            URI twin = seen.putIfAbsent(spec.endpoint(), uri);
            if (twin != null) {
                mistakes.add(new Mistake(key + ".url", entry.url(), "duplicate backend, the same as " + twin));
            }
            specs.add(spec);
        }
        return new BackendList(specs, mistakes);
    }

    private static @Nullable URI uri(String key, BackendEntry entry, List<Mistake> mistakes) {
        String text = entry.url();
        if (text == null || text.isBlank()) {
            mistakes.add(new Mistake(key + ".url", null, "a backend needs a URL, expected http://host:port"));
            return null;
        }
        BackendUrl url = BackendUrl.parse(text.strip());
        if (url.mistake() != null) {
            String shown = USER_INFO.matcher(text).replaceFirst("******@");
            mistakes.add(new Mistake(key + ".url", shown, url.mistake()));
        }
        return url.uri();
    }

    private static void checkProtocol(String key, BackendSpec spec, List<Mistake> mistakes) {
        if (spec.protocol() == Protocol.H2 && !spec.secure()) {
            mistakes.add(new Mistake(key, "h2", "needs https, which " + spec.uri() + " is not; h2c does without"));
        } else if (spec.protocol() == Protocol.H2C && spec.secure()) {
            mistakes.add(new Mistake(key, "h2c", "needs http, which " + spec.uri() + " is not; h2 is for https"));
        }
    }

    private static void checkNumbers(String key, BackendEntry entry, List<Mistake> mistakes) {
        if (entry.weight() < 1 || entry.weight() > HEAVIEST) {
            mistakes.add(new Mistake(key + ".weight", Integer.toString(entry.weight()), "expected 1 to " + HEAVIEST));
        }
        if (entry.priority() < 0 || entry.priority() > LAST) {
            mistakes.add(new Mistake(key + ".priority", Integer.toString(entry.priority()), "expected 0 to " + LAST));
        }
        if (entry.zone() != null && !ZoneName.valid(entry.zone())) {
            mistakes.add(new Mistake(key + ".zone", entry.zone(), ZoneName.EXPECTED));
        }
        MaxConnections own = entry.maxConnections();
        if (own != null && !own.valid()) {
            mistakes.add(new Mistake(
                    key + ".max-connections",
                    own.toString(),
                    "expected 1 to " + MaxConnections.HIGHEST + " or adaptive"));
        }
    }
}
