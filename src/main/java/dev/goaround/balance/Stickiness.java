package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Which backend a client's cookie names, and the other way round.
 *
 * <p>A value is the first half of an HMAC-SHA256 (RFC 2104) of the backend's id: it shows nothing of the backend, and whoever makes
 * one up names nobody, since a value counts only if a member of the pool has it. Thread-safe, without locks.
 */
public final class Stickiness {

    private static final String ALGORITHM = "HmacSHA256";

    private static final int VALUE_BYTES = 16;

    private static final int KEY_BYTES = 32;

    private final BackendPool pool;
    private final Runnable following = this::follow;
    private final String cookie;
    private final String attributes;
    private final SecretKeySpec key;

    /** Replaced as a whole when the pool changes, which happens in one thread at a time. */
    private volatile Values values = new Values(Map.of(), Map.of());

    private record Values(Map<String, Backend> backends, Map<Backend, String> texts) {}

    /**
     * @param cookie the cookie's name
     * @param pool whose backends are named
     * @param fallback what the values are made with if the settings have no secret: {@link #key}
     */
    public Stickiness(String cookie, BalanceSettings.Sticky settings, BackendPool pool, byte[] fallback) {
        this.pool = pool;
        this.cookie = cookie;
        this.attributes = "; Path=/"
                + (settings.lifetime() == null
                        ? ""
                        : "; Max-Age=" + settings.lifetime().toSeconds())
                + "; HttpOnly; SameSite=Lax";
        this.key = new SecretKeySpec(key(settings.secret(), fallback), ALGORITHM);
        pool.whenChanged(following);
        follow();
    }

    /** Returns a key that nobody can guess. */
    public static byte[] key(Random random) {
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        return key;
    }

    private static byte[] key(@Nullable String secret, byte[] fallback) {
        return secret == null ? fallback : secret.getBytes(StandardCharsets.UTF_8);
    }

    /** Lets go of the pool: another one takes its place. Values go on counting until then. */
    public void release() {
        pool.unlisten(following);
    }

    private void follow() {
        Values known = values;
        if (known.texts.keySet().equals(pool.snapshot().backends())) {
            return; // Only health has changed.
        }
        Map<String, Backend> backends = new HashMap<>();
        Map<Backend, String> texts = new HashMap<>();
        for (Backend backend : pool.snapshot().backends()) {
            String text = known.texts.get(backend);
            text = text == null ? valueOf(backend.id()) : text;
            backends.put(text, backend);
            texts.put(backend, text);
        }
        values = new Values(backends, texts);
    }

    private String valueOf(String id) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            byte[] digest = mac.doFinal(id.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, VALUE_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    /** The name of the cookie. */
    public String cookie() {
        return cookie;
    }

    /** Returns the backend that the cookie's value names, or null if that is none of the pool's. */
    public @Nullable Backend named(String value) {
        return values.backends.get(value);
    }

    /**
     * Returns the value of the {@code Set-Cookie} field (RFC 6265 section 4.1) that keeps a client with this backend, or null if
     * that has left the pool.
     *
     * @param secure whether the client speaks TLS, so that the cookie need not travel without
     */
    public @Nullable String setCookie(Backend backend, boolean secure) {
        String text = values.texts.get(backend);
        return text == null ? null : cookie + "=" + text + attributes + (secure ? "; Secure" : "");
    }
}
