package dev.goaround.balance;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What of a request decides where it goes with {@code consistent-hash}: the value of a setting, {@code client-address},
 * {@code header:<name>}, {@code cookie:<name>}, {@code path} or {@code path-query}.
 */
public final class HashKey {

    /** What the key is taken from. */
    public enum Source {
        CLIENT_ADDRESS("client-address"),
        HEADER("header:"),
        COOKIE("cookie:"),
        PATH("path"),
        PATH_QUERY("path-query");

        private final String text;

        Source(String text) {
            this.text = text;
        }

        private boolean named() {
            return text.endsWith(":");
        }
    }

    private final Source source;
    private final String name;

    private HashKey(Source source, String name) {
        this.source = source;
        this.name = name;
    }

    /** Returns what a setting says. The name by which Spring's conversion finds it. */
    public static HashKey valueOf(String setting) {
        String text = setting.strip();
        for (Source source : Source.values()) {
            if (source.named() ? text.startsWith(source.text) : text.equals(source.text)) {
                String name = text.substring(source.text.length());
                if (source.named() && !token(name)) {
                    break;
                }
                return new HashKey(source, name);
            }
        }
        throw new IllegalArgumentException(text);
    }

    /** What fields and cookies are named by (RFC 9110 section 5.6.2). */
    static boolean token(String name) {
        return name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
    }

    public Source source() {
        return source;
    }

    /** The name of the field or of the cookie; empty if it is neither. */
    public String name() {
        return name;
    }

    /** Returns the key of a text: the same in every process. */
    public static long of(CharSequence text) {
        long hash = text.length();
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        return mixed(hash);
    }

    /** Returns a number of which every bit depends on all bits of this one (Stafford's variant 13 of MurmurHash3's finalizer). */
    static long mixed(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HashKey key && key.source == source && key.name.equals(name);
    }

    @Override
    public int hashCode() {
        return Objects.hash(source, name);
    }

    @Override
    public String toString() {
        return source.text + name;
    }
}
