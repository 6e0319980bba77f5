package dev.goaround.settings;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether certificates and private keys belong together. */
public final class KeyPairs {

    private static final byte[] PROBE = "GoAround".getBytes(StandardCharsets.US_ASCII);

    private static final String PSS = "RSASSA-PSS";

    private KeyPairs() {}

    /** Whether the one verifies what the other signs: that holds for every kind of key, and needs no look inside. */
    public static boolean match(PublicKey certified, PrivateKey key) {
        try {
            Signature signature = Signature.getInstance(algorithm(key.getAlgorithm()));
            if (key.getAlgorithm().equals(PSS)) {
                signature.setParameter(parameters(key));
            }
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /**
     * Returns the certificate that belongs to the key, followed by those that certify it, each by the next (RFC 8446 section 4.4.2), whatever
     * their order in the file; others are left out. Empty if none belongs to the key.
     */
    public static List<X509Certificate> chain(List<X509Certificate> certificates, PrivateKey key) {
        List<X509Certificate> others = new ArrayList<>(certificates);
        List<X509Certificate> chain = new ArrayList<>();
        Optional<X509Certificate> next = certificates.stream()
                .filter(certificate -> match(certificate.getPublicKey(), key))
                .findFirst();
        while (next.isPresent()) {
            X509Certificate last = next.get();
            chain.add(last);
            others.remove(last);
            next = others.stream().filter(other -> certifies(other, last)).findFirst();
        }
        return chain;
    }

    private static boolean certifies(X509Certificate issuer, X509Certificate certificate) {
        if (!issuer.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
            return false;
        }
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The parameters that the key allows, or else those of TLS 1.3 with SHA-256 (RFC 8446 section 4.2.3). */
    private static AlgorithmParameterSpec parameters(PrivateKey key) {
        AlgorithmParameterSpec own = key instanceof RSAKey rsa ? rsa.getParams() : null;
        return own == null ? new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1) : own;
    }

    /** Whether every key of the store belongs to its certificate. */
    public static boolean match(KeyStore store, @Nullable String password) throws GeneralSecurityException {
        char[] secret = password == null ? new char[0] : password.toCharArray();
        for (String alias : Collections.list(store.aliases())) {
            Key key = store.getKey(alias, secret);
            Certificate certificate = store.getCertificate(alias);
            if (key instanceof PrivateKey own && !match(certificate.getPublicKey(), own)) {
                return false;
            }
        }
        return true;
    }

    private static String algorithm(String key) {
        return switch (key) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "DSA" -> "SHA256withDSA";
            default -> key;
        };
    }
}
