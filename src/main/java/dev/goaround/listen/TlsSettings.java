package dev.goaround.listen;

import dev.goaround.settings.Requirements;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS on the traffic port ({@code goaround.tls.*}). Without a certificate the port speaks plain HTTP.
 *
 * @param certificate PEM file of the certificate chain served to clients; read again when it changes.
 * @param privateKey PEM file of its private key; read again when it changes.
 */
public record TlsSettings(
        @Nullable Path certificate, @Nullable Path privateKey) {

    public TlsSettings {
        new Requirements("goaround.tls")
                .that(
                        certificate == null || privateKey != null,
                        "certificate",
                        certificate,
                        "needs its private key as well (-privkey or goaround.tls.private-key)")
                .that(
                        privateKey == null || certificate != null,
                        "private-key",
                        privateKey,
                        "needs its certificate as well (-cacert or goaround.tls.certificate)")
                .enforce();
    }

    /** Whether the traffic port speaks TLS. */
    public boolean enabled() {
        return certificate != null;
    }
}
