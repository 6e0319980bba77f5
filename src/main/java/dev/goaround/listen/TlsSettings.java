package dev.goaround.listen;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS on the traffic port ({@code goaround.tls.*}). Without a certificate the port speaks plain HTTP.
 *
 * @param certificate PEM file of the certificate chain served to clients; read again when it changes
 * @param privateKey PEM file of its private key; read again when it changes
 */
public record TlsSettings(
        @Nullable Path certificate, @Nullable Path privateKey) {}
