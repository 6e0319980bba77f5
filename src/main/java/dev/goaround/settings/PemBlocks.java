package dev.goaround.settings;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a file that should be PEM (RFC 7468) holds, as far as it takes to say what is wrong with it. */
public final class PemBlocks {

    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END");

    private static final Pattern NO_BASE64 = Pattern.compile("[^A-Za-z0-9+/=]");

    /** The object identifier of the curve secp256k1, 1.3.132.0.10, in DER. */
    private static final byte[] SECP256K1 = {0x06, 0x05, 0x2b, (byte) 0x81, 0x04, 0x00, 0x0a};

    private static final byte DER_SEQUENCE = 0x30;

    private PemBlocks() {}

    /** Returns what the file is instead of a PEM file of certificates, as the rest of a sentence. */
    public static String insteadOfCertificate(byte[] file) {
        return "not a PEM certificate" + instead(file, "CERTIFICATE");
    }

    /** Returns what the file is instead of a PEM file of a private key, as the rest of a sentence. */
    public static String insteadOfKey(byte[] file) {
        return "not a PEM private key" + instead(file, "PRIVATE KEY");
    }

    private static String instead(byte[] file, String expected) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        if (hasForeignCurve(file)) {
            return " that TLS can use: its curve is secp256k1, expected P-256, P-384 or P-521";
        }
        Matcher block = BLOCK.matcher(text);
        if (!block.find()) {
            boolean binary = file.length > 0 && file[0] == DER_SEQUENCE;
            return binary ? ", but DER or PKCS #12, which openssl converts" : "";
        }
        String label = block.group(1);
        if (label.equals(expected) || label.equals("RSA " + expected) || label.equals("EC " + expected)) {
            return " that can be read";
        }
        return ", but " + named(label);
    }

    private static String named(String label) {
        return switch (label) {
            case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST" -> "a certificate request";
            case "TRUSTED CERTIFICATE" -> "a trusted certificate of OpenSSL's own format";
            case "OPENSSH PRIVATE KEY" -> "a private key of OpenSSH's own format";
            case "PKCS7" -> "a PKCS #7 bundle";
            default -> article(label.toLowerCase(Locale.ROOT));
        };
    }

    private static String article(String label) {
        String kind = label.replaceFirst("^(rsa|ec|dsa|x509|encrypted) ", "");
        return ("aeiou".indexOf(kind.charAt(0)) < 0 ? "a " : "an ") + kind;
    }

    /** Whether a certificate or key in the file is of a curve that TLS has for no signatures, though other programs have. */
    public static boolean hasForeignCurve(byte[] file) {
        Matcher block = BLOCK.matcher(new String(file, StandardCharsets.ISO_8859_1));
        while (block.find()) {
            byte[] decoded = decoded(block.group(2));
            if (decoded != null && !block.group(1).endsWith("REQUEST") && contains(decoded)) {
                return true;
            }
        }
        return false;
    }

    private static byte @Nullable [] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(NO_BASE64.matcher(base64).replaceAll(""));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static boolean contains(byte[] der) {
        for (int at = 0; at + SECP256K1.length <= der.length; at++) {
            if (Arrays.equals(der, at, at + SECP256K1.length, SECP256K1, 0, SECP256K1.length)) {
                return true;
            }
        }
        return false;
    }
}
