package dev.goaround.membership;

import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Protocol;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * One backend as the configuration writes it ({@code goaround.backends[]}): a URL, or an object with these parts. The
 * whole list is checked at once, as a {@link BackendList}.
 *
 * @param url Where the backend listens: http or https, host, port and an optional base path; or dns, dns+https, srv or srv+https and a name that stands for several backends.
 * @param weight Share of the traffic relative to the other backends, from 1 to 1000.
 * @param maxConnections Most connections to this backend, or adaptive. Unset means goaround.upstream.max-connections.
 * @param backup Whether it gets traffic only while no other backend is healthy.
 * @param protocol Protocol spoken to this backend. Unset means goaround.upstream.protocol.
 * @param priority Level from 0 to 100. Those of a higher number get what the levels before them can't carry.
 * @param zone Where the backend runs, for goaround.balance.zone.
 */
public record BackendEntry(
        @Nullable String url,
        @DefaultValue("1") int weight,
        @Nullable MaxConnections maxConnections,
        @DefaultValue("false") boolean backup,
        @Nullable Protocol protocol,
        @DefaultValue("0") int priority,
        @Nullable String zone) {

    /** Returns the entry that a plain URL stands for; the name by which Spring's conversion finds it. */
    public static BackendEntry valueOf(String url) {
        return new BackendEntry(url, 1, null, false, null, 0, null);
    }
}
