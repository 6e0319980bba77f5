package dev.goaround.settings;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/** Whether certificates and private keys belong together. */
public final class KeyPairs {

    private static final byte[] PROBE = "GoAround".getBytes(StandardCharsets.US_ASCII);

    private KeyPairs() {}

    /** Whether the one verifies what the other signs: that holds for every kind of key, and needs no look inside. */
    public static boolean match(PublicKey certified, PrivateKey key) {
        try {
            Signature signature = Signature.getInstance(algorithm(key.getAlgorithm()));
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
