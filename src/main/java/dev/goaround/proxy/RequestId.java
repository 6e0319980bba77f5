package dev.goaround.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Gives requests that have none an identifier, by which logs of several systems can be put together. Thread-safe. */
final class RequestId {

    private final @Nullable String name;
    private final RandomGenerator random;

    /**
     * @param name the field that carries it, or null for none
     * @param random safe to be used by several threads
     */
    RequestId(@Nullable String name, RandomGenerator random) {
        this.name = name;
        this.random = random;
    }

    void apply(HttpHeaders headers) {
        if (name != null && !headers.contains(name)) {
            headers.add(name, hex(random.nextLong()) + hex(random.nextLong()));
        }
    }

    private static String hex(long bits) {
        String digits = Long.toHexString(bits);
        return "0".repeat(16 - digits.length()) + digits;
    }
}
