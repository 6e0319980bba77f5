package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Which backend a client's cookie names, and the other way round.
 *
 * <p>A value is the first half of an HMAC-SHA256 (RFC 2104) of the backend's id: it shows nothing of the backend, and whoever makes
 * one up names nobody, since a value counts only if a member of the pool has it. Several GoArounds in a row may use one cookie: its value is all their
 * names, joined by dots, of which each knows its own and leaves the others. Thread-safe, without locks.
 */
public final class Stickiness {

    private static final String ALGORITHM = "HmacSHA256";

    private static final int VALUE_BYTES = 16;

    private static final int KEY_BYTES = 32;

    /** Names in one value: of this GoAround, and of others in front of it and behind it. */
    private static final int MAX_NAMES = 6;

    /** What {@link #valueOf} makes. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{22}");

    private final BackendPool pool;
    private final Runnable following = this::follow;
    private final String cookie;
    private final BalanceSettings.Sticky settings;
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
        this.settings = settings;
        this.attributes = attributes(settings);
        this.key = new SecretKeySpec(key(settings.secret(), fallback), ALGORITHM);
        pool.whenChanged(following);
        follow();
    }

    private static String attributes(BalanceSettings.Sticky settings) {
        StringBuilder text = new StringBuilder("; Path=").append(settings.path());
        if (settings.domain() != null) {
            text.append("; Domain=").append(settings.domain());
        }
        if (settings.lifetime() != null) {
            text.append("; Max-Age=").append(settings.lifetime().toSeconds());
        }
        if (settings.httpOnly()) {
            text.append("; HttpOnly");
        }
        text.append(
                switch (settings.sameSite()) {
                    case LAX -> "; SameSite=Lax";
                    case STRICT -> "; SameSite=Strict";
                    case NONE -> "; SameSite=None";
                });
        return text.append(settings.partitioned() ? "; Partitioned" : "").toString();
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

    /** Returns the backend that one of the names in the cookies' values names, or null if none is of the pool's. */
    public @Nullable Backend named(List<String> values) {
        Map<String, Backend> backends = this.values.backends;
        return names(values)
                .map(backends::get)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static Stream<String> names(List<String> values) {
        return values.stream()
                .flatMap(value -> Stream.of(value.split("\\.", MAX_NAMES + 1)))
                .limit(MAX_NAMES);
    }

    /**
     * Returns the value of the {@code Set-Cookie} field (RFC 6265 section 4.1) that keeps a client with this backend, or null if
     * that has left the pool.
     *
     * @param kept values of the cookie, of which names stay that are not this GoAround's: another one in front or behind has made them
     * @param tls whether the client speaks TLS
     */
    public @Nullable String setCookie(Backend backend, List<String> kept, boolean tls) {
        Values now = values;
        String own = now.texts.get(backend);
        if (own == null) {
            return null;
        }
        String all = Stream.concat(
                        Stream.of(own),
                        names(kept)
                                .filter(name -> NAME.matcher(name).matches() && !now.backends.containsKey(name))
                                .distinct())
                .limit(MAX_NAMES)
                .collect(Collectors.joining("."));
        return cookie + "=" + all + attributes + (settings.secureFor(tls) ? "; Secure" : "");
    }

    /**
     * Returns the value that a {@code Set-Cookie} field of a response gives the same cookie, or null if it sets another one. It would else take the
     * place of the one that is added to that response.
     */
    public @Nullable String sameCookie(String setCookie) {
        if (!setCookie.startsWith(cookie + "=")) {
            return null;
        }
        String path = "/";
        String domain = "";
        String[] parts = setCookie.split(";", -1);
        for (String part : parts) {
            String attribute = part.strip();
            if (attribute.regionMatches(true, 0, "Path=", 0, 5)) {
                path = attribute.substring(5);
            } else if (attribute.regionMatches(true, 0, "Domain=", 0, 7)) {
                domain = attribute.substring(7);
            }
        }
        boolean same = path.equals(settings.path())
                && domain.equalsIgnoreCase(settings.domain() == null ? "" : settings.domain());
        return same ? parts[0].substring(cookie.length() + 1).strip() : null;
    }
}
