package dev.goaround.listen;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One more certificate that clients are served, if they ask for one of its names ({@code goaround.tls.certificates[]}).
 *
 * @param certificate PEM file of the certificate chain; read again when it changes.
 * @param privateKey PEM file of its private key; read again when it changes.
 */
public record CertificateFiles(
        @Nullable Path certificate, @Nullable Path privateKey) {}
