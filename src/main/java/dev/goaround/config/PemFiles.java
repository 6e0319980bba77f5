package dev.goaround.config;

import dev.goaround.http.PemPair;
import dev.goaround.http.PemPair.Trial;
import dev.goaround.listen.CertificateFiles;
import dev.goaround.listen.OcspResponse;
import dev.goaround.listen.TlsSettings;
import dev.goaround.settings.Mistake;
import dev.goaround.upstream.UpstreamSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The certificates, keys and the like that settings point to, read once at start so that a wrong one is told in a sentence. */
final class PemFiles {

    private final List<Mistake> mistakes = new ArrayList<>();

    private PemFiles() {}

    /** What is wrong with the pair served to clients. */
    static List<Mistake> mistakes(TlsSettings tls) {
        PemFiles files = new PemFiles();
        X509Certificate first = files.pair(
                "goaround.tls.certificate",
                tls.certificate(),
                "goaround.tls.private-key",
                tls.privateKey(),
                PemPair::asServer);
        files.staple("goaround.tls.ocsp-response", tls.ocspResponse(), first);
        for (int i = 0; i < tls.certificates().size(); i++) {
            CertificateFiles more = tls.certificates().get(i);
            String group = "goaround.tls.certificates[" + i + "].";
            X509Certificate other = files.pair(
                    group + "certificate",
                    more.certificate(),
                    group + "private-key",
                    more.privateKey(),
                    PemPair::asServer);
            files.staple(group + "ocsp-response", more.ocspResponse(), other);
        }
        if (tls.clientCa() != null) {
            files.certificates("goaround.tls.client-ca", tls.clientCa());
        }
        return files.mistakes;
    }

    /** Returns the certificate itself, or null if there is none. */
    private @Nullable X509Certificate pair(
            String certificateKey,
            @Nullable Path certificate,
            String privateKeyKey,
            @Nullable Path privateKey,
            Function<PemPair, Trial> trial) {
        if (certificate == null || privateKey == null) {
            return null;
        }
        List<X509Certificate> certificates = certificates(certificateKey, certificate);
        PrivateKey key = privateKey(privateKeyKey, privateKey);
        if (certificates.isEmpty() || key == null) {
            return null;
        }
        try {
            PemPair pair = PemPair.of(certificates, key, certificate);
            String fault = trial.apply(pair).sentence();
            if (fault != null) {
                refuse(certificateKey, certificate, fault);
            }
            return pair.chain().get(0);
        } catch (IllegalArgumentException e) {
            refuse(privateKeyKey, privateKey, e.getMessage());
            return null;
        }
    }

    private void staple(String key, @Nullable Path file, @Nullable X509Certificate certificate) {
        if (file == null || !readable(key, file, "an OCSP response in DER")) {
            return;
        }
        try {
            OcspResponse response = OcspResponse.of(Files.readAllBytes(file));
            if (certificate != null && !response.serial().equals(certificate.getSerialNumber())) {
                refuse(key, file, "is for another certificate");
            }
        } catch (IOException e) {
            refuse(key, file, "cannot be read");
        } catch (IllegalArgumentException e) {
            refuse(key, file, "is " + e.getMessage() + ", expected an OCSP response in DER");
        }
    }

    /** What is wrong with the authorities that backends are verified against. */
    static List<Mistake> mistakes(UpstreamSettings upstream) {
        PemFiles files = new PemFiles();
        if (upstream.ca() != null) {
            files.certificates("goaround.upstream.ca", upstream.ca());
        }
        files.pair(
                "goaround.upstream.client-certificate",
                upstream.clientCertificate(),
                "goaround.upstream.client-key",
                upstream.clientKey(),
                PemPair::asClient);
        return files.mistakes;
    }

    private List<X509Certificate> certificates(String key, Path file) {
        return read(key, file, PemPair::certificates).orElse(List.of());
    }

    private @Nullable PrivateKey privateKey(String key, Path file) {
        return read(key, file, PemPair::key).orElse(null);
    }

    private <T> Optional<T> read(String key, Path file, Function<Path, T> reader) {
        if (!readable(key, file, "a PEM file")) {
            return Optional.empty();
        }
        try {
            return Optional.of(reader.apply(file));
        } catch (IllegalArgumentException e) {
            refuse(key, file, e.getMessage());
            return Optional.empty();
        }
    }

    private boolean readable(String key, Path file, String expected) {
        if (!Files.exists(file)) {
            refuse(key, file, "no such file");
            return false;
        }
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            refuse(key, file, Files.isDirectory(file) ? "is a directory, expected " + expected : "cannot be read");
            return false;
        }
        return true;
    }

    private void refuse(String key, Path file, @Nullable String expected) {
        mistakes.add(new Mistake(key, file.toString(), String.valueOf(expected)));
    }
}
