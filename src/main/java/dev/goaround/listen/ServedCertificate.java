package dev.goaround.listen;

import dev.goaround.http.PemPair;
import dev.goaround.http.TrialHandshake;
import dev.goaround.settings.KeyPairs;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.Mapping;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslOptions;

/** A certificate that clients are served. A new one serves new connections; the others go on as they are. */
final class ServedCertificate {

    private static final Logger log = LoggerFactory.getLogger(ServedCertificate.class);

    private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

    /**
     * Those that Mozilla recommends for all but ancient clients (Server Side TLS, intermediate), but for finite-field Diffie-Hellman:
     * forward secret and authenticated encryption, as HTTP/2 wants as well (RFC 9113 section 9.2.2).
     */
    private static final List<String> CIPHER_SUITES = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    /** Kind of a DNS name among the names of a certificate (RFC 5280 section 4.2.1.6). */
    private static final int DNS_NAME = 2;

    private final SslProvider provider;
    private final boolean http2;
    private final ClientAuth clientAuth;
    private final @Nullable OcspStaple staple;

    /** Anyone reads; only {@link #update} and {@link #serveQuic} writes. */
    private volatile Served served;

    /** Written before clients are served, if ever. */
    private volatile @Nullable QuicTls quic;

    /**
     * @param provider native TLS or the JDK's, which serves what native TLS can't
     * @param staple what is stapled to it, or null; by native TLS only
     * @param http2 whether clients are offered HTTP/2
     * @param clientAuth whether they show certificates, verified against the bundle's trust store
     */
    ServedCertificate(
            SslBundle bundle, SslProvider provider, @Nullable OcspStaple staple, boolean http2, ClientAuth clientAuth) {
        this.provider = provider;
        this.staple = staple;
        this.http2 = http2;
        this.clientAuth = clientAuth;
        try {
            this.served = serve(bundle);
        } catch (GeneralSecurityException | SSLException e) {
            throw new IllegalStateException("the certificate can't be served: " + e.getMessage(), e);
        }
    }

    SslContext context() {
        return served.context;
    }

    /**
     * Has the certificate served over QUIC as well, before any client is served.
     *
     * @param byName where the certificates for other names are, or null if there are none
     */
    void serveQuic(SslBundle bundle, @Nullable Mapping<String, QuicSslContext> byName) {
        try {
            quic = new QuicTls(clientAuth, byName);
            served = serve(bundle);
        } catch (GeneralSecurityException | SSLException e) {
            throw new IllegalStateException("the certificate can't be served: " + e.getMessage(), e);
        }
    }

    /** What serves it over QUIC, if anything does. */
    QuicSslContext quicContext() {
        return Objects.requireNonNull(served.quic, "not served over QUIC");
    }

    /** The DNS names that it is for, in lower case; some may begin with an asterisk. */
    List<String> names() {
        return served.names;
    }

    /** When it begins to be valid. */
    Instant start() {
        return served.start;
    }

    /** When it expires. */
    Instant expiry() {
        return served.expiry;
    }

    /** Returns what is stapled to the certificate of that context now, or null if that is nothing or not this one. */
    byte @Nullable [] stapled(SslContext context) {
        Served now = served;
        BigInteger serial = now.context == context ? now.serial : null;
        return staple == null || serial == null ? null : staple.of(serial);
    }

    /** Reads again what is stapled, if that has changed; at once, or when the change has settled. */
    void reloadStaple(boolean atOnce) {
        if (staple != null && atOnce) {
            staple.reload();
        } else if (staple != null) {
            staple.look();
        }
    }

    /** Takes the bundle for new connections, or goes on with the one before if it can't be served. */
    void update(SslBundle bundle) {
        try {
            KeyStore store = bundle.getStores().getKeyStore();
            if (store != null && !KeyPairs.match(store, bundle.getStores().getKeyStorePassword())) {
                log.warn("the changed certificate and private key don't belong together, the pair before stays");
                return;
            }
            served = serve(bundle);
            log.info("the certificate has changed; new connections get the new one");
        } catch (GeneralSecurityException | SSLException | RuntimeException e) {
            log.warn("the changed certificate can't be served, the one before stays: {}", e.getMessage());
        }
    }

    private Served serve(SslBundle bundle) throws GeneralSecurityException, SSLException {
        X509Certificate certificate = leaf(bundle.getStores().getKeyStore());
        QuicTls overQuic = quic;
        SslProvider able = able(bundle);
        if (able != provider) {
            log.warn(
                    "the certificate for {} is served by the JDK's TLS, since native TLS can't{}",
                    certificate == null ? List.of() : dnsNames(certificate),
                    overQuic == null ? "" : "; HTTP/3 has no other and is not served with it");
        }
        return new Served(
                contextOf(bundle, able, clientAuth, staple != null && able != SslProvider.JDK),
                overQuic == null ? null : overQuic.contextOf(bundle),
                certificate == null ? List.of() : dnsNames(certificate),
                certificate == null ? Instant.MIN : certificate.getNotBefore().toInstant(),
                certificate == null ? Instant.MAX : certificate.getNotAfter().toInstant(),
                certificate == null ? null : certificate.getSerialNumber());
    }

    /** What clients may speak, the preferred first. */
    List<String> protocols() {
        return http2
                ? List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1)
                : List.of(ApplicationProtocolNames.HTTP_1_1);
    }

    /** Returns with what a handshake succeeds, by trying: of some kinds of keys that shows nowhere else. */
    private SslProvider able(SslBundle bundle) throws SSLException {
        String failure = null;
        for (SslProvider candidate : List.of(provider, SslProvider.JDK)) {
            SslContext context = contextOf(bundle, candidate, ClientAuth.NONE, false);
            for (SslProvider client : List.of(candidate, SslProvider.JDK)) {
                failure = TrialHandshake.failure(context, PemPair.trustingAll(client));
                if (failure == null) {
                    return candidate;
                }
            }
        }
        throw new SSLException("no TLS handshake succeeds with it: " + failure);
    }

    private SslContext contextOf(SslBundle bundle, SslProvider provider, ClientAuth clientAuth, boolean stapling)
            throws SSLException {
        SslOptions options = bundle.getOptions();
        SslContextBuilder builder =
                SslContextBuilder.forServer(bundle.getManagers().getKeyManagerFactory());
        builder.sslProvider(provider).enableOcsp(stapling);
        builder.protocols(Optional.ofNullable(options.getEnabledProtocols()).orElse(VERSIONS));
        builder.ciphers(
                Optional.ofNullable(options.getCiphers()).map(Arrays::asList).orElse(CIPHER_SUITES),
                SupportedCipherSuiteFilter.INSTANCE);
        if (clientAuth != ClientAuth.NONE) {
            builder.clientAuth(clientAuth);
            verifyClients(builder, provider, bundle.getManagers().getTrustManagerFactory());
        }
        // Clients that offer nothing of this get as far as their first message only (OfferedProtocols).
        builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                protocols()));
        return builder.build();
    }

    private static void verifyClients(
            SslContextBuilder builder, SslProvider provider, TrustManagerFactory authorities) {
        boolean known = authorities.getTrustManagers()[0] instanceof X509ExtendedTrustManager;
        if (known && provider != SslProvider.JDK) {
            builder.trustManager(
                    new ClientVerifier((X509ExtendedTrustManager) authorities.getTrustManagers()[0]));
        } else {
            builder.trustManager(authorities);
        }
    }

    private static @Nullable X509Certificate leaf(@Nullable KeyStore store) throws GeneralSecurityException {
        if (store != null) {
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias) && store.getCertificate(alias) instanceof X509Certificate certificate) {
                    return certificate;
                }
            }
        }
        return null;
    }

    private static List<String> dnsNames(X509Certificate certificate) throws CertificateParsingException {
        Collection<List<?>> all = certificate.getSubjectAlternativeNames();
        List<String> names = new ArrayList<>();
        for (List<?> name : all == null ? List.<List<?>>of() : all) {
            if (Integer.valueOf(DNS_NAME).equals(name.get(0))) {
                names.add(String.valueOf(name.get(1)).toLowerCase(Locale.ROOT));
            }
        }
        return List.copyOf(names);
    }

    private record Served(
            SslContext context,
            @Nullable QuicSslContext quic,
            List<String> names,
            Instant start,
            Instant expiry,
            @Nullable BigInteger serial) {}
}
