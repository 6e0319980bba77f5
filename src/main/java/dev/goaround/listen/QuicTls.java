package dev.goaround.listen;

import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.util.Mapping;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;

/**
 * TLS of QUIC, which is always 1.3 (RFC 9001). No request is taken before the handshake is complete: it could be a copy of another
 * (section 9.2).
 *
 * @param clientAuth whether clients show certificates, verified against the bundle's trust store
 * @param byName where the certificates for other names are, or null if there are none
 */
record QuicTls(ClientAuth clientAuth, @Nullable Mapping<String, QuicSslContext> byName) {

    QuicSslContext contextOf(SslBundle bundle) {
        QuicSslContextBuilder builder = QuicSslContextBuilder.forServer(
                        bundle.getManagers().getKeyManagerFactory(), null)
                .applicationProtocols(Http3.supportedApplicationProtocols())
                .earlyData(false);
        if (clientAuth != ClientAuth.NONE) {
            builder.clientAuth(clientAuth).trustManager(bundle.getManagers().getTrustManagerFactory());
        }
        if (byName != null) {
            builder.sni(byName);
        }
        return builder.build();
    }
}
