package dev.goaround.upstream;

import dev.goaround.http.ReadSizes;
import dev.goaround.http2.WindowBudget;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Protocol;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import reactor.netty.resources.LoopResources;

/** What all connections to backends share, those that carry requests and those that probe: event loops, names, TLS. */
public final class Dialers {

    private final Supplier<UpstreamSettings> settings;
    private final LoopResources loopResources;
    private final ReadSizes readSizes;
    private final WindowBudget windows;
    private final Function<Protocol, SslContext> tls;
    private final EventLoopGroup loops;
    private final BackendAddresses addresses;

    /**
     * @param settings asked anew for what does not concern what is made only once
     * @param readSizes bounds what is read for clients that keep answers waiting
     * @param windows bounds how wide the receive windows of HTTP/2 grow
     * @param tls agrees on the protocol, and verifies {@code https} backends, with the name in the certificate (RFC 9110 section 4.3.4) unless it
     *     trusts everything
     * @param resolver knows the addresses of backends that are named
     */
    public Dialers(
            Supplier<UpstreamSettings> settings,
            LoopResources loopResources,
            ReadSizes readSizes,
            WindowBudget windows,
            Function<Protocol, SslContext> tls,
            HostResolver resolver) {
        this.settings = settings;
        this.loopResources = loopResources;
        this.readSizes = readSizes;
        this.windows = windows;
        this.tls = tls;
        this.loops = loopResources.onClient(true);
        this.addresses = new BackendAddresses(resolver);
    }

    Dialer to(BackendSpec spec) {
        return to(
                spec,
                () -> settings.get().connectTimeout(),
                () -> settings.get().handshakeTimeout());
    }

    private static BackendSpec overHttp1(BackendSpec spec) {
        return spec.speaking(Protocol.HTTP1);
    }

    /** Connections to the backend that can switch to another protocol. */
    Dialer tunnelsTo(BackendSpec spec) {
        return to(overHttp1(spec));
    }

    /** Connections that probe the backend. */
    Dialer probing(BackendSpec spec, Duration timeout) {
        return to(spec, () -> timeout, () -> timeout);
    }

    private Dialer to(BackendSpec spec, Supplier<Duration> connectTimeout, Supplier<Duration> handshakeTimeout) {
        // A connection that names one client is no use to HTTP/2, which would have many share it.
        BackendSpec spoken = settings.get().proxyProtocol() == null ? spec : overHttp1(spec);
        return new Dialer(
                spoken,
                connectTimeout,
                handshakeTimeout,
                settings,
                loopResources,
                addresses,
                readSizes,
                windows,
                spoken.secure() ? () -> tls.apply(spoken.protocol()) : null);
    }

    /** Returns the next event loop, for what belongs to none yet. */
    EventLoop loop() {
        return loops.next();
    }
}
