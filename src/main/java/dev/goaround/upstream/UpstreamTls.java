package dev.goaround.upstream;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import javax.net.ssl.SSLException;

/** How {@code https} backends are verified: against the system's authorities or a file of them, with their host name. */
public final class UpstreamTls {

    private UpstreamTls() {}

    /** Returns the context for connections to backends and for their probes. */
    public static SslContext context(UpstreamSettings settings) {
        SslContextBuilder builder = SslContextBuilder.forClient().protocols("TLSv1.3", "TLSv1.2");
        Path authorities = settings.ca();
        if (authorities != null) {
            builder.trustManager(authorities.toFile());
        }
        if (!settings.verify()) {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm("");
        }
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new IllegalStateException("TLS to backends can't be set up: " + e.getMessage(), e);
        }
    }
}
