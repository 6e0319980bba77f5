package dev.goaround.listen;

import dev.goaround.settings.Requirements;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
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
 * @param publicPort Port by which clients reach this one, where it is another, for redirects and Alt-Svc. Unset means the port itself.
 * @param plainPaths Paths, with what is below them, that the redirect port passes to backends instead of redirecting them.
 */
public record TlsSettings(
        @Nullable Path certificate,
        @Nullable Path privateKey,
        @Nullable Path ocspResponse,
        @DefaultValue List<CertificateFiles> certificates,
        @DefaultValue("none") ClientAuth clientAuth,
        @Nullable Path clientCa,
        @Nullable Integer redirectPort,
        @Nullable Integer publicPort,
        @DefaultValue(TlsSettings.ACME) List<String> plainPaths) {

    /** Where an authority looks for proof by HTTP (RFC 8555 section 8.3), on port 80 first. */
    static final String ACME = "/.well-known/acme-challenge/";

    /** A path without a query, in the characters of RFC 3986 section 3.3 but for the asterisk, which would look like a pattern. */
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9._~!$&'()+,;=:@%/-]*");

    private static final int HIGHEST_PORT = 65_535;

    public TlsSettings {
        certificates = List.copyOf(certificates);
        plainPaths = List.copyOf(plainPaths);
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
                        "expected a port from 0 to 65535")
                .that(
                        publicPort == null || (publicPort >= 1 && publicPort <= HIGHEST_PORT),
                        "public-port",
                        publicPort,
                        "expected a port from 1 to 65535");
        for (int i = 0; i < plainPaths.size(); i++) {
            String path = plainPaths.get(i);
            requirements.that(matchable(path), "plain-paths[" + i + "]", path, "expected a path such as " + ACME);
        }
        boolean served = redirectPort != null || plainPaths.isEmpty() || plainPaths.equals(List.of(ACME));
        requirements.that(
                served || !plainPaths.stream().allMatch(TlsSettings::matchable),
                "plain-paths",
                plainPaths,
                "need a goaround.tls.redirect-port");
        if (certificate == null) {
            requirements
                    .that(
                            certificates.isEmpty(),
                            "certificates",
                            null,
                            "need a goaround.tls.certificate for all other names")
                    .that(ocspResponse == null, "ocsp-response", ocspResponse, "needs a goaround.tls.certificate")
                    .that(clientAuth == ClientAuth.NONE, "client-auth", clientAuth, "needs a goaround.tls.certificate")
                    .that(redirectPort == null, "redirect-port", redirectPort, "needs a goaround.tls.certificate")
                    .that(publicPort == null, "public-port", publicPort, "needs a goaround.tls.certificate");
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

    /** Whether there are requests for such a path that pass. */
    private static boolean matchable(String path) {
        return PATH.matcher(path).matches() && !Redirects.ambiguous(path);
    }

    /** Without a certificate. */
    public static TlsSettings none() {
        return new TlsSettings(null, null, null, List.of(), ClientAuth.NONE, null, null, null, List.of(ACME));
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
