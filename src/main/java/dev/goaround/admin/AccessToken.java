package dev.goaround.admin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token that gives the right to change something from elsewhere (RFC 6750). It is never logged, and compared in a time that
 * does not tell how much of it was right.
 */
final class AccessToken {

    static final String EXPECTED = "at least 16 visible characters of ASCII without a space";

    private static final Logger LOG = LoggerFactory.getLogger(AccessToken.class);

    private static final String SCHEME = "Bearer ";

    private static final int LARGEST = 4096;

    private final @Nullable String token;
    private final @Nullable Path file;

    AccessToken(ManagementSettings settings) {
        this.token = settings.token();
        this.file = settings.tokenFile();
    }

    static boolean valid(String token) {
        return token.matches("[!-~]{16," + LARGEST + "}");
    }

    /** Returns what is wrong with a file that is to hold a token, or null. */
    static @Nullable String fault(Path file) {
        try {
            return valid(read(file)) ? null : "does not hold a token, expected " + EXPECTED;
        } catch (IOException e) {
            return Files.exists(file) ? "cannot be read" : "no such file";
        }
    }

    private static String read(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LARGEST + 2), StandardCharsets.UTF_8).strip();
        }
    }

    /** Whether there is one, or is to be. */
    boolean configured() {
        return token != null || file != null;
    }

    /** Whether the value of an {@code Authorization} field has the token as it is now. Reads a file. */
    boolean matches(String authorization) {
        String expected = current();
        return expected != null
                && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && MessageDigest.isEqual(
                        digest(authorization.substring(SCHEME.length()).strip()), digest(expected));
    }

    private @Nullable String current() {
        if (file == null) {
            return token;
        }
        try {
            String read = read(file);
            if (valid(read)) {
                return read;
            }
            LOG.warn("goaround.management.token-file {}: {}", file, fault(file));
        } catch (IOException e) {
            LOG.warn("goaround.management.token-file {}: {}", file, fault(file));
        }
        return null;
    }

    /** Of equal length, whatever the length of the text. */
    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
