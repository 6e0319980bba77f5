package dev.goaround.http;

import dev.goaround.settings.KeyPairs;
import dev.goaround.settings.PemBlocks;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.pem.PemContent;

/**
 * A private key and the certificates that go with it. What is wrong with their files is an IllegalArgumentException, whose message is the rest of
 * a sentence that begins with the file.
 *
 * @param chain the certificate itself, and those that certify it in this order
 */
public record PemPair(List<X509Certificate> chain, PrivateKey key) {

    private static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2");

    public PemPair {
        chain = List.copyOf(chain);
    }

    /** Returns the pair of these two, whose certificates may stand in any order. */
    public static PemPair of(List<X509Certificate> certificates, PrivateKey key, Path certificateFile) {
        List<X509Certificate> chain = KeyPairs.chain(certificates, key);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("does not belong to the certificate " + certificateFile);
        }
        return new PemPair(chain, key);
    }

    /** Returns the certificates of a file. */
    public static List<X509Certificate> certificates(Path file) {
        byte[] bytes = bytes(file);
        try {
            List<X509Certificate> found =
                    PemContent.of(new String(bytes, StandardCharsets.UTF_8)).getCertificates();
            if (!found.isEmpty() && !PemBlocks.hasForeignCurve(bytes)) {
                return found;
            }
        } catch (RuntimeException e) {
            // Told below.
        }
        throw new IllegalArgumentException(PemBlocks.insteadOfCertificate(bytes));
    }

    /** Returns the private key of a file. */
    public static PrivateKey key(Path file) {
        byte[] bytes = bytes(file);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.contains("ENCRYPTED")) {
            throw new IllegalArgumentException("the private key is encrypted, expected one without a passphrase");
        }
        try {
            PrivateKey found = PemContent.of(text).getPrivateKey();
            if (found != null && !PemBlocks.hasForeignCurve(bytes)) {
                return found;
            }
        } catch (RuntimeException e) {
            // Told below.
        }
        throw new IllegalArgumentException(PemBlocks.insteadOfKey(bytes));
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot be read", e);
        }
    }

    /** Returns how a handshake ends in which a server shows the pair. */
    public Trial asServer() {
        return trial((provider, other) ->
                TrialHandshake.failure(common(SslContextBuilder.forServer(key, chain), provider), trustingAll(other)));
    }

    /** Returns how a handshake ends in which a client shows the pair. */
    public Trial asClient() {
        return trial((provider, other) -> TrialHandshake.failure(
                common(
                        SslContextBuilder.forServer(key, chain)
                                .clientAuth(ClientAuth.REQUIRE)
                                .trustManager(InsecureTrustManagerFactory.INSTANCE),
                        SslProvider.JDK),
                common(clientTrustingAll().keyManager(key, chain), provider)));
    }

    private interface Attempt {
        @Nullable
        String failure(SslProvider provider, SslProvider other) throws SSLException;
    }

    /** Tries native TLS, where there is any, and then the JDK's; against itself first, which is quicker. */
    private static Trial trial(Attempt attempt) {
        Set<SslProvider> providers = providers(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK);
        String failure = null;
        for (SslProvider provider : providers) {
            for (SslProvider other : providers(provider)) {
                failure = failure(attempt, provider, other);
                if (failure == null) {
                    return new Trial(provider, null);
                }
            }
        }
        return new Trial(null, failure);
    }

    private static @Nullable String failure(Attempt attempt, SslProvider provider, SslProvider other) {
        try {
            return attempt.failure(provider, other);
        } catch (SSLException | RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static Set<SslProvider> providers(SslProvider first) {
        return new LinkedHashSet<>(Arrays.asList(first, SslProvider.JDK));
    }

    /** Returns a client's context that takes any certificate, to try a server's. */
    public static SslContext trustingAll(SslProvider provider) throws SSLException {
        return common(clientTrustingAll(), provider);
    }

    private static SslContextBuilder clientTrustingAll() {
        return SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm("");
    }

    private static SslContext common(SslContextBuilder builder, SslProvider provider) throws SSLException {
        return builder.sslProvider(provider).protocols(VERSIONS).build();
    }

    /**
     * How the trial of a pair ended.
     *
     * @param provider what it succeeded with, or null
     * @param failure why it failed, or null
     */
    public record Trial(
            @Nullable SslProvider provider, @Nullable String failure) {

        /** Returns what to tell of a failed trial, as the rest of a sentence that begins with the file. */
        public @Nullable String sentence() {
            return provider == null ? "no TLS handshake succeeds with it: " + failure : null;
        }
    }
}
