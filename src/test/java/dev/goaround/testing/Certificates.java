package dev.goaround.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A self-signed certificate with its key, made by the JDK's own keytool. */
public record Certificates(KeyStore store) {

    /** Of its store, and of its key. */
    public static final String PASSWORD = "changeit";

    /** One for that DNS name. */
    public static Certificates forName(String name) {
        return made(name, "-keyalg", "EC", "-groupname", "secp256r1");
    }

    /** One for that DNS name, with a key for RSA. */
    public static Certificates rsa(String name) {
        return made(name, "-keyalg", "RSA", "-keysize", "2048");
    }

    private static Certificates made(String name, String... key) {
        try {
            Path directory = Files.createTempDirectory("certificates");
            Path file = directory.resolve("test.p12");
            keytool(name, file, key);
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(file)) {
                store.load(in, PASSWORD.toCharArray());
            }
            Files.delete(file);
            Files.delete(directory);
            return new Certificates(store);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A server's side of TLS with this certificate. */
    public SSLContext server() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What shows this certificate. */
    public KeyManager[] keys() {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD.toCharArray());
            return keys.getKeyManagers();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The certificate as the one authority of a client. */
    public TrustManagerFactory authority() {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(authorities());
            return trust;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same as a store. */
    public KeyStore authorities() {
        try {
            KeyStore authorities = KeyStore.getInstance("PKCS12");
            authorities.load(null, null);
            authorities.setCertificateEntry("test", store.getCertificate("test"));
            return authorities;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes both as PEM, as {@code -cacert} and {@code -privkey} take them. Each file is replaced in one step. */
    public void writePem(Path certificate, Path privateKey) {
        try {
            replace(
                    privateKey,
                    pem(
                            "PRIVATE KEY",
                            store.getKey("test", PASSWORD.toCharArray()).getEncoded()));
            replace(certificate, pem("CERTIFICATE", certificate().getEncoded()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The certificate itself. */
    public Certificate certificate() {
        try {
            return store.getCertificate("test");
        } catch (KeyStoreException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void replace(Path file, String text) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String pem(String type, byte[] encoded) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        return "-----BEGIN " + type + "-----\n" + lines + "\n-----END " + type + "-----\n";
    }

    private static void keytool(String name, Path file, String... key) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of("-genkeypair", "-alias", "test"));
        command.addAll(List.of(key));
        command.addAll(List.of("-dname", "CN=" + name, "-ext", "san=dns:" + name));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", file.toString()));
        command.addAll(List.of("-storepass", PASSWORD, "-validity", "30"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("keytool failed: " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
