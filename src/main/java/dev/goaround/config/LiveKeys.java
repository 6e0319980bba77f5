package dev.goaround.config;

import java.util.List;

/**
 * Which settings hold as soon as the configuration is read again. All others need a restart, those included that nobody has
 * thought of here: to promise less than is kept does no harm.
 */
final class LiveKeys {

    /** Settings, and groups of them. */
    private static final List<String> LIVE = List.of(
            "goaround.backends",
            "goaround.balance",
            "goaround.forwarding",
            "goaround.health",
            "goaround.limit",
            "goaround.request-timeout",
            "goaround.retry",
            "goaround.shutdown",
            "goaround.upstream.body-timeout",
            "goaround.upstream.connect-timeout",
            "goaround.upstream.drain-timeout",
            "goaround.upstream.event-stream-timeout",
            "goaround.upstream.handshake-timeout",
            "goaround.upstream.header-limit",
            "goaround.upstream.lenient",
            "goaround.upstream.max-connections",
            "goaround.upstream.response-timeout",
            "goaround.upstream.tunnel-idle-timeout",
            "goaround.upstream.tunnel-lifetime",
            "goaround.window");

    private LiveKeys() {}

    /** Whether the setting of this key, below {@code goaround}, needs no restart. */
    static boolean live(String key) {
        return LIVE.stream().anyMatch(live -> key.equals(live) || key.startsWith(live + "."));
    }
}
