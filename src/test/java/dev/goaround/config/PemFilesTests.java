package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.listen.TlsSettings;
import dev.goaround.settings.Mistake;
import dev.goaround.testing.OcspResponses;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PemFilesTests {

    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource({
        "rsa-certificate.pem,     rsa-key.pem",
        "rsa-certificate.pem,     rsa-key-pkcs1.pem",
        "ec-certificate.pem,      ec-key.pem",
        "ec-certificate.pem,      ec-key-sec1.pem",
        "ed25519-certificate.pem, ed25519-key.pem",
        "ed448-certificate.pem,   ed448-key.pem",
        "rsa-pss-certificate.pem, rsa-pss-key.pem",
        "chain.pem,               chain-key.pem",
        "chain-reversed.pem,      chain-key.pem",
    })
    void acceptsAMatchingPair(String certificate, String key) {
        assertThat(PemFiles.mistakes(tls(certificate, key))).isEmpty();
    }

    @ParameterizedTest(name = "{0} with {1}: {2} {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "rsa-certificate.pem | ec-key.pem | private-key | does not belong to the certificate",
                "ec-certificate.pem | ed25519-key.pem | private-key | does not belong to the certificate",
                "rsa-certificate.pem | rsa-key-encrypted.pem | private-key | the private key is encrypted, expected one"
                        + " without a passphrase",
                "rsa-certificate.pem | rsa-certificate.pem | private-key | not a PEM private key, but a certificate",
                "rsa-certificate.pem | rsa-public.pem | private-key | not a PEM private key, but a public key",
                "rsa-key.pem | rsa-key.pem | certificate | not a PEM certificate, but a private key",
                "rsa-key-encrypted.pem | rsa-key.pem | certificate | not a PEM certificate, but a private key",
                "rsa-request.pem | rsa-key.pem | certificate | not a PEM certificate, but a certificate request",
                "rsa-certificate.der | rsa-key.pem | certificate | not a PEM certificate, but DER or PKCS #12",
                "ec-certificate.pem | secp256k1-key.pem | private-key | not a PEM private key that TLS can use: its"
                        + " curve is secp256k1, expected P-256, P-384 or P-521",
                "nothing.pem | rsa-key.pem | certificate | no such file",
                "rsa-certificate.pem | nothing.pem | private-key | no such file",
                ". | rsa-key.pem | certificate | is a directory",
            })
    void refusesAPairInOneSentence(String certificate, String key, String part, String start) {
        assertThat(PemFiles.mistakes(tls(certificate, key)))
                .singleElement()
                .satisfies(mistake -> {
                    assertThat(mistake.key()).isEqualTo("goaround.tls." + part);
                    assertThat(mistake.expected()).startsWith(start);
                })
                .extracting(Mistake::value)
                .isNotNull();
    }

    @Test
    void aKeyOfACurveThatTlsDoesNotHaveIsNamed() {
        assertThat(PemFiles.mistakes(tls("secp256k1-certificate.pem", "secp256k1-key.pem")))
                .isNotEmpty()
                .allSatisfy(mistake -> assertThat(mistake.expected()).contains("its curve is secp256k1"));
    }

    @Test
    void refusesWhatIsNoOcspResponseToTheCertificate(@TempDir Path folder) throws IOException, CertificateException {
        X509Certificate served;
        try (InputStream in = Files.newInputStream(file("ec-certificate.pem"))) {
            served = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        Instant later = Instant.parse("2030-01-01T00:00:00Z");
        Path own = Files.write(folder.resolve("own.der"), OcspResponses.good(served.getSerialNumber(), later));
        Path other = Files.write(folder.resolve("other.der"), OcspResponses.good(BigInteger.TEN, later));
        Path refusal = Files.write(folder.resolve("refusal.der"), OcspResponses.unauthorized());
        Path empty = Files.write(folder.resolve("empty.der"), new byte[0]);

        assertThat(PemFiles.mistakes(stapled(own))).isEmpty();
        assertThat(told(stapled(other))).isEqualTo("is for another certificate");
        assertThat(told(stapled(refusal)))
                .isEqualTo("is the responder's refusal unauthorized, expected an OCSP response in DER");
        assertThat(told(stapled(empty))).isEqualTo("is not DER, expected an OCSP response in DER");
        assertThat(told(stapled(file("ec-certificate.pem")))).startsWith("is not DER");
        assertThat(told(stapled(folder.resolve("missing.der")))).isEqualTo("no such file");
    }

    private static String told(TlsSettings tls) {
        List<Mistake> mistakes = PemFiles.mistakes(tls);
        assertThat(mistakes).singleElement().extracting(Mistake::key).isEqualTo("goaround.tls.ocsp-response");
        return mistakes.get(0).expected();
    }

    private static TlsSettings stapled(Path response) {
        return new TlsSettings(
                file("ec-certificate.pem"),
                file("ec-key.pem"),
                response,
                List.of(),
                TlsSettings.ClientAuth.NONE,
                null,
                null,
                null,
                List.of());
    }

    static Path file(String name) {
        try {
            Path folder = Path.of(Objects.requireNonNull(PemFilesTests.class.getResource("rsa-key.pem"))
                    .toURI());
            return folder.resolveSibling(name).normalize();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TlsSettings tls(String certificate, String key) {
        return new TlsSettings(
                file(certificate),
                file(key),
                null,
                List.of(),
                TlsSettings.ClientAuth.NONE,
                null,
                null,
                null,
                List.of());
    }
}
