package dev.goaround.listen;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One more certificate that clients are served, if they ask for one of its names ({@code goaround.tls.certificates[]}).
 *
 * @param certificate PEM file of the certificate chain; read again when it changes.
 * @param privateKey PEM file of its private key; read again when it changes.
 * @param ocspResponse File of an OCSP response in DER, stapled to the certificate by native TLS; read again when it changes. Unset means none.
 */
public record CertificateFiles(
        @Nullable Path certificate,
        @Nullable Path privateKey,
        @Nullable Path ocspResponse) {}
