package dev.goaround.listen;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Iterator;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Gives each request an identifier, by which logs of several systems can be put together: the one that a trusted proxy in front
 * has given it, or a new one. Thread-safe.
 *
 * <p>Each event loop has a sequence of its own, whose generator is seeded once by a secure one. That is enough, since an identifier
 * must differ from others and need not be hard to guess: nobody is let in for knowing it.
 */
public final class RequestIds {

    private static final int LONGEST = 128;
    /** Beside letters and digits: what is in UUIDs, in Base64 and in the identifiers of others, and needs quoting nowhere. */
    private static final String MARKS = "-._~:/+=@";

    private final @Nullable String field;
    private final FastThreadLocal<IdSequence> sequences;

    /**
     * @param field name of the header field that carries it, or null for none
     * @param millis the time in milliseconds since the epoch
     * @param seeds seeds the generators; safe to be used by several threads
     */
    public RequestIds(@Nullable String field, LongSupplier millis, RandomGenerator seeds) {
        this(field, new FastThreadLocal<>() {
            @Override
            protected IdSequence initialValue() {
                return new IdSequence(millis, new SplittableRandom(seeds.nextLong()));
            }
        });
    }

    private RequestIds(@Nullable String field, FastThreadLocal<IdSequence> sequences) {
        this.field = field;
        this.sequences = sequences;
    }

    /** Returns the same identifiers in another field. */
    RequestIds in(@Nullable String other) {
        return new RequestIds(other, sequences);
    }

    /** Returns the name of the field that carries it, or null for none. */
    @Nullable
    String field() {
        return field;
    }

    /** Returns a new one. */
    String next() {
        return sequences.get().next();
    }

    /** Returns what a trusted proxy calls the request of this header, or a new identifier if that is none, or not one. */
    String given(HttpHeaders headers) {
        String id = field == null ? null : only(headers.valueStringIterator(field));
        return id == null || !valid(id) ? next() : id;
    }

    private static @Nullable String only(Iterator<String> values) {
        String first = values.hasNext() ? values.next() : null;
        return values.hasNext() ? null : first;
    }

    private static boolean valid(String id) {
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!alphanumeric && MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return !id.isEmpty() && id.length() <= LONGEST;
    }

    /** Sees to it that a message carries the identifier, and no other, if messages carry any. */
    void mark(HttpHeaders headers, String id) {
        if (field != null && !id.equals(only(headers.valueStringIterator(field)))) {
            headers.set(field, id);
        }
    }
}
