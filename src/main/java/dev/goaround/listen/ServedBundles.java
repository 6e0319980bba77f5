package dev.goaround.listen;

import dev.goaround.http.PemPair;
import dev.goaround.settings.WatchedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.ssl.SslBundleRegistrar;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleKey;
import org.springframework.boot.ssl.SslBundleRegistry;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;

/**
 * The certificates that clients are served, as Spring Boot's bundles. Their files are watched by their content, and a certificate, its key and
 * the authorities of clients are replaced as one, if a handshake succeeds with them. Spring Boot's own watch of files sees neither a link
 * above a file that leads elsewhere nor what changes behind a mount.
 */
public final class ServedBundles implements SslBundleRegistrar {

    private static final Logger log = LoggerFactory.getLogger(ServedBundles.class);

    private static final Set<String> VERSIONS = new LinkedHashSet<>(List.of("TLSv1.3", "TLSv1.2"));

    private final List<Source> all = new ArrayList<>();

    /** Written once, before there is anything to be served. */
    private volatile @Nullable SslBundleRegistry registry;

    public ServedBundles(TlsSettings settings) {
        Path certificate = settings.certificate();
        Path key = settings.privateKey();
        if (certificate != null && key != null) {
            all.add(new Source(name(-1), certificate, key, settings.clientCa()));
        }
        for (int i = 0; i < settings.certificates().size(); i++) {
            CertificateFiles more = settings.certificates().get(i);
            all.add(new Source(
                    name(i),
                    Objects.requireNonNull(more.certificate()),
                    Objects.requireNonNull(more.privateKey()),
                    settings.clientCa()));
        }
    }

    /** Returns the name of the bundle for a certificate among those for some names, or with -1 for that of all others. */
    public static String name(int index) {
        return index < 0 ? "goaround" : "goaround-" + index;
    }

    @Override
    public void registerBundles(SslBundleRegistry bundles) {
        all.forEach(files -> bundles.registerBundle(files.name, files.read()));
        registry = bundles;
    }

    /** Looks whether files have changed, and has those served that have settled. Blocks while it reads. */
    public void look() {
        update(false);
    }

    /** Has files served that have changed, without waiting until they have settled. Blocks while it reads. */
    public void reload() {
        update(true);
    }

    private synchronized void update(boolean atOnce) {
        SslBundleRegistry bundles = registry;
        if (bundles == null) {
            return;
        }
        for (Source files : all) {
            if (atOnce ? files.watched.lookAtOnce() : files.watched.look()) {
                try {
                    bundles.updateBundle(files.name, files.read());
                } catch (IllegalArgumentException | IllegalStateException e) {
                    log.warn("the certificate before stays: {}", e.getMessage());
                }
            }
        }
    }

    /** The files that a bundle is made of. */
    private record Source(
            String name,
            Path certificate,
            Path key,
            @Nullable Path authorities,
            WatchedFiles watched) {

        Source(String name, Path certificate, Path key, @Nullable Path authorities) {
            this(name, certificate, key, authorities, new WatchedFiles(certificate, key, authorities));
        }

        /** What is wrong is an IllegalArgumentException with a sentence that names the file. */
        SslBundle read() {
            PemPair pair = pair();
            String fault = pair.asServer().sentence();
            if (fault != null) {
                throw new IllegalArgumentException(certificate + ": " + fault);
            }
            try {
                KeyStore own = emptyStore();
                own.setKeyEntry("ssl", pair.key(), null, pair.chain().toArray(new X509Certificate[0]));
                return SslBundle.of(
                        SslStoreBundle.of(own, null, trusted()), SslBundleKey.NONE, SslOptions.of(null, VERSIONS));
            } catch (GeneralSecurityException | IOException e) {
                throw new IllegalArgumentException(certificate + ": can't be used, " + e.getMessage(), e);
            }
        }

        private PemPair pair() {
            List<X509Certificate> certificates = named(certificate, () -> PemPair.certificates(certificate));
            return named(key, () -> PemPair.of(certificates, PemPair.key(key), certificate));
        }

        private @Nullable KeyStore trusted() throws GeneralSecurityException, IOException {
            Path file = authorities;
            if (file == null) {
                return null;
            }
            KeyStore store = emptyStore();
            int number = 0;
            for (X509Certificate authority : named(file, () -> PemPair.certificates(file))) {
                store.setCertificateEntry("ssl-" + number++, authority);
            }
            return store;
        }

        private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            return store;
        }

        private static <T> T named(Path file, Supplier<T> reading) {
            try {
                return reading.get();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
            }
        }
    }
}
