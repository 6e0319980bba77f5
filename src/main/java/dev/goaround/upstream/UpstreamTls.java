package dev.goaround.upstream;

import dev.goaround.pool.Protocol;
import dev.goaround.settings.KeyPairs;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.pem.PemContent;

/**
 * How {@code https} backends are verified: against the system's authorities or a file of them, with their host name; and what
 * GoAround shows to those that ask. New connections are secured with what the files say by then. Thread-safe.
 */
public final class UpstreamTls {

    private static final Logger log = LoggerFactory.getLogger(UpstreamTls.class);

    private final UpstreamSettings settings;

    /** Each made for the first backend that needs it, since that takes a while. */
    private final Map<Protocol, SslContext> made = new ConcurrentHashMap<>();

    /** What the files looked like when they were read. Guarded by this object's lock. */
    private List<String> read;

    public UpstreamTls(UpstreamSettings settings) {
        this.settings = settings;
        this.read = look();
    }

    /** Returns the context for connections to backends that are spoken to so, and for their probes. */
    public SslContext context(Protocol protocol) {
        return made.computeIfAbsent(protocol, this::make);
    }

    /** Reads files that have changed again; should that fail, what was read before stays. Blocks while it reads. */
    public synchronized void reload() {
        List<String> now = look();
        if (now.equals(read)) {
            return;
        }
        read = now;
        try {
            Map<Protocol, SslContext> renewed = new EnumMap<>(Protocol.class);
            made.keySet().forEach(protocol -> renewed.put(protocol, make(protocol)));
            made.putAll(renewed);
            log.info("the certificates for connections to backends have changed; new connections use them");
        } catch (RuntimeException e) {
            log.error(
                    "the changed certificates for connections to backends can't be used, those before stay: {}",
                    e.getMessage());
        }
    }

    private List<String> look() {
        return Stream.of(settings.ca(), settings.clientCertificate(), settings.clientKey())
                .filter(Objects::nonNull)
                .map(UpstreamTls::look)
                .toList();
    }

    private static String look(Path file) {
        try {
            return Files.getLastModifiedTime(file) + " " + Files.size(file);
        } catch (IOException e) {
            return "unreadable";
        }
    }

    private SslContext make(Protocol protocol) {
        SslContextBuilder builder = SslContextBuilder.forClient().protocols(settings.tlsVersions());
        Path authorities = settings.ca();
        Path certificate = settings.clientCertificate();
        Path key = settings.clientKey();
        try {
            if (authorities != null) {
                builder.trustManager(authorities.toFile());
            }
            if (certificate != null && key != null) {
                keyPair(builder, certificate, key);
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

    /** Refuses one of which a half was changed without the other: a backend that asks for it would end every handshake. */
    private static void keyPair(SslContextBuilder builder, Path certificate, Path key) {
        try {
            PrivateKey own = PemContent.load(key).getPrivateKey();
            List<X509Certificate> chain = PemContent.load(certificate).getCertificates();
            if (own == null || !KeyPairs.match(chain.get(0).getPublicKey(), own)) {
                throw new IllegalStateException("the certificate and the private key don't belong together");
            }
            builder.keyManager(own, chain);
        } catch (IOException e) {
            throw new IllegalStateException("the certificate or the private key can't be read", e);
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
