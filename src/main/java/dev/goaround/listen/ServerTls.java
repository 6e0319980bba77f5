package dev.goaround.listen;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslOptions;

/** What clients' connections are secured with. A new bundle serves new connections; the others go on as they are. */
final class ServerTls {

    private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

    private final boolean http2;

    /** Anyone reads; only {@link #update} writes. */
    private volatile SslContext context;

    /** @param http2 whether clients are offered HTTP/2 */
    ServerTls(SslBundle bundle, boolean http2) {
        this.http2 = http2;
        try {
            this.context = contextOf(bundle);
        } catch (SSLException e) {
            throw new IllegalStateException("the certificate can't be served: " + e.getMessage(), e);
        }
    }

    SslHandler newHandler(ByteBufAllocator allocator) {
        return context.newHandler(allocator);
    }

    /** Takes the bundle for new connections, or goes on with the one before if it can't be served. */
    void update(SslBundle bundle) {
        try {
            KeyStore store = bundle.getStores().getKeyStore();
            if (store != null && !KeyPairs.match(store, bundle.getStores().getKeyStorePassword())) {
                log.error("the changed certificate and private key don't belong together, the pair before stays");
                return;
            }
            context = contextOf(bundle);
            log.info("the certificate has changed; new connections get the new one");
        } catch (GeneralSecurityException | SSLException | RuntimeException e) {
            log.error("the changed certificate can't be served, the one before stays: {}", e.getMessage());
        }
    }

    private SslContext contextOf(SslBundle bundle) throws SSLException {
        SslOptions options = bundle.getOptions();
        SslContextBuilder builder =
                SslContextBuilder.forServer(bundle.getManagers().getKeyManagerFactory());
        builder.sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK);
        Optional.ofNullable(options.getEnabledProtocols()).ifPresent(builder::protocols);
        Optional.ofNullable(options.getCiphers()).map(Arrays::asList).ifPresent(builder::ciphers);
        if (http2) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2,
                    ApplicationProtocolNames.HTTP_1_1));
        }
        return builder.build();
    }
}
