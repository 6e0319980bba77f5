package dev.goaround.upstream;

import dev.goaround.http.PemPair;
import dev.goaround.http.PemPair.Trial;
import dev.goaround.pool.Protocol;
import dev.goaround.settings.WatchedFiles;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How {@code https} backends are verified: against the system's authorities or a file of them, with their host name; and what
 * GoAround shows to those that ask. New connections are secured with what the files say by then. Thread-safe.
 */
public final class UpstreamTls {

    private static final Logger log = LoggerFactory.getLogger(UpstreamTls.class);

    private final UpstreamSettings settings;

    /** Each made for the first backend that needs it, since that takes a while. */
    private final Map<Protocol, SslContext> made = new ConcurrentHashMap<>();

    private final WatchedFiles watched;

    /** What GoAround shows and with which TLS, or null if it shows nothing. Replaced as a whole by {@link #reload}. */
    private volatile @Nullable Shown shown;

    private record Shown(PemPair pair, SslProvider provider) {}

    public UpstreamTls(UpstreamSettings settings) {
        this.settings = settings;
        this.watched = new WatchedFiles(settings.ca(), settings.clientCertificate(), settings.clientKey());
        this.shown = shown(settings);
    }

    /** Returns the context for connections to backends that are spoken to so, and for their probes. */
    public SslContext context(Protocol protocol) {
        return made.computeIfAbsent(protocol, this::make);
    }

    /** Reads files again that have changed and settled; should that fail, what was read before stays. Blocks while it reads. */
    public synchronized void look() {
        if (watched.look()) {
            renew();
        }
    }

    /** Likewise, without waiting until a change has settled. */
    public synchronized void reload() {
        if (watched.lookAtOnce()) {
            renew();
        }
    }

    private void renew() {
        Shown before = shown;
        try {
            shown = shown(settings);
            Map<Protocol, SslContext> renewed = new EnumMap<>(Protocol.class);
            made.keySet().forEach(protocol -> renewed.put(protocol, make(protocol)));
            made.putAll(renewed);
            log.info("the certificates for connections to backends have changed; new connections use them");
        } catch (RuntimeException e) {
            shown = before;
            log.warn(
                    "the changed certificates for connections to backends can't be used, those before stay: {}",
                    e.getMessage());
        }
    }

    /** Refuses a pair of which a half was changed without the other: a backend that asks for it would end every handshake. */
    private static @Nullable Shown shown(UpstreamSettings settings) {
        Path certificate = settings.clientCertificate();
        Path key = settings.clientKey();
        if (certificate == null || key == null) {
            return null;
        }
        PemPair pair;
        try {
            pair = PemPair.of(PemPair.certificates(certificate), PemPair.key(key), certificate);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(key + " and " + certificate + ": " + e.getMessage(), e);
        }
        Trial trial = pair.asClient();
        SslProvider provider = trial.provider();
        if (provider == null) {
            throw new IllegalStateException(certificate + ": " + trial.sentence());
        }
        return new Shown(pair, provider);
    }

    private SslContext make(Protocol protocol) {
        SslContextBuilder builder = SslContextBuilder.forClient().protocols(settings.tlsVersions());
        Path authorities = settings.ca();
        Shown own = shown;
        try {
            if (authorities != null) {
                builder.trustManager(authorities.toFile());
            }
            if (own != null) {
                builder.sslProvider(own.provider).keyManager(own.pair.key(), own.pair.chain());
            }
            if (!settings.verify()) {
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm("");
            }
            if (protocol != Protocol.HTTP1) {
                builder.applicationProtocolConfig(offering(protocol));
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalStateException("TLS to backends can't be set up: " + e.getMessage(), e);
        }
    }

    private static ApplicationProtocolConfig offering(Protocol protocol) {
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                protocol == Protocol.H2
                        ? List.of(ApplicationProtocolNames.HTTP_2)
                        : List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1));
    }
}
