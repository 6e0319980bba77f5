package dev.goaround.listen;

import dev.goaround.settings.Requirements;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * TLS on the traffic port ({@code goaround.tls.*}). Without a certificate the port speaks plain HTTP.
 *
 * @param certificate PEM file of the certificate chain served to clients; read again when it changes.
 * @param privateKey PEM file of its private key; read again when it changes.
 * @param ocspResponse File of an OCSP response in DER, stapled to the certificate by native TLS; read again when it changes. Unset means none.
 * @param certificates More certificates, each served to clients that ask for one of its names.
 * @param clientAuth Whether clients show certificates of their own: none, optional or required.
 * @param clientCa PEM file of the authorities that clients' certificates are verified against; read again when it changes.
 * @param redirectPort Port on which plain requests are redirected to this one. Unset means none.
 */
public record TlsSettings(
        @Nullable Path certificate,
        @Nullable Path privateKey,
        @Nullable Path ocspResponse,
        @DefaultValue List<CertificateFiles> certificates,
        @DefaultValue("none") ClientAuth clientAuth,
        @Nullable Path clientCa,
        @Nullable Integer redirectPort) {

    private static final int HIGHEST_PORT = 65_535;

    public TlsSettings {
        certificates = List.copyOf(certificates);
        Requirements requirements = new Requirements("goaround.tls")
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
                .that(
                        clientAuth == ClientAuth.NONE || clientCa != null,
                        "client-auth",
                        clientAuth,
                        "needs the authorities that clients are verified against (goaround.tls.client-ca)")
                .that(
                        redirectPort == null || (redirectPort >= 0 && redirectPort <= HIGHEST_PORT),
                        "redirect-port",
                        redirectPort,
                        "expected a port from 0 to 65535");
        if (certificate == null) {
            requirements
                    .that(
                            certificates.isEmpty(),
                            "certificates",
                            null,
                            "need a goaround.tls.certificate for all other names")
                    .that(ocspResponse == null, "ocsp-response", ocspResponse, "needs a goaround.tls.certificate")
                    .that(clientAuth == ClientAuth.NONE, "client-auth", clientAuth, "needs a goaround.tls.certificate")
                    .that(redirectPort == null, "redirect-port", redirectPort, "needs a goaround.tls.certificate");
        }
        for (int i = 0; i < certificates.size(); i++) {
            CertificateFiles files = certificates.get(i);
            requirements
                    .that(
                            files.certificate() != null,
                            "certificates[" + i + "].certificate",
                            null,
                            "expected a PEM file")
                    .that(
                            files.privateKey() != null,
                            "certificates[" + i + "].private-key",
                            null,
                            "expected a PEM file");
        }
        requirements.enforce();
    }

    /** Without a certificate. */
    public static TlsSettings none() {
        return new TlsSettings(null, null, null, List.of(), ClientAuth.NONE, null, null);
    }

    /** Whether an OCSP response is to be stapled. */
    boolean staples() {
        return ocspResponse != null || certificates.stream().anyMatch(files -> files.ocspResponse() != null);
    }

    /** Whether the traffic port speaks TLS. */
    public boolean enabled() {
        return certificate != null;
    }

    /** Whether clients show certificates of their own. */
    public enum ClientAuth {
        /** They are not asked to. */
        NONE,
        /** They may, and what they show is verified. */
        OPTIONAL,
        /** Without a verified one there is no connection. */
        REQUIRED
    }
}
