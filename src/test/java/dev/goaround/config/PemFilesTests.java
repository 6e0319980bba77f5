package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.listen.TlsSettings;
import dev.goaround.settings.Mistake;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
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
    })
    void acceptsAMatchingPair(String certificate, String key) {
        assertThat(PemFiles.mistakes(tls(certificate, key))).isEmpty();
    }

    @ParameterizedTest(name = "{0} with {1}: {2} {3}")
    @CsvSource({
        "rsa-certificate.pem, ec-key.pem,            private-key, does not belong to the certificate",
        "ec-certificate.pem,  ed25519-key.pem,       private-key, does not belong to the certificate",
        "rsa-certificate.pem, rsa-key-encrypted.pem, private-key, the private key is encrypted",
        "rsa-certificate.pem, rsa-certificate.pem,   private-key, not a PEM private key",
        "rsa-key.pem,         rsa-key.pem,           certificate, not a PEM certificate",
        "nothing.pem,         rsa-key.pem,           certificate, no such file",
        ".,                   rsa-key.pem,           certificate, is a directory",
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
        return new TlsSettings(file(certificate), file(key), List.of(), TlsSettings.ClientAuth.NONE, null, null);
    }
}
