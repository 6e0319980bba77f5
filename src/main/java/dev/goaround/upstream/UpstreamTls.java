package dev.goaround.upstream;

import dev.goaround.pool.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLException;

/** How {@code https} backends are verified: against the system's authorities or a file of them, with their host name. */
public final class UpstreamTls {

    private UpstreamTls() {}

    /** Returns the context for connections to backends that are spoken to so, and for their probes. */
    public static SslContext context(UpstreamSettings settings, Protocol protocol) {
        SslContextBuilder builder = SslContextBuilder.forClient().protocols("TLSv1.3", "TLSv1.2");
        Path authorities = settings.ca();
        if (authorities != null) {
            builder.trustManager(authorities.toFile());
        }
        if (!settings.verify()) {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm("");
        }
        if (protocol != Protocol.HTTP1) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    protocol == Protocol.H2
                            ? List.of(ApplicationProtocolNames.HTTP_2)
                            : List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1)));
        }
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new IllegalStateException("TLS to backends can't be set up: " + e.getMessage(), e);
        }
    }
}
