package dev.goaround.listen;

import java.util.Arrays;

/** Reads values in DER (X.690 section 10) one after the other. Whatever is none is an {@link IllegalArgumentException}. */
final class Der {

    static final int INTEGER = 0x02;
    static final int OCTETS = 0x04;
    static final int ENUMERATED = 0x0a;
    static final int TIME = 0x18;
    static final int SEQUENCE = 0x30;

    private static final int LONG_LENGTH = 0x80;

    /** Of lengths; more than 16 MiB is not read. */
    private static final int MOST_OCTETS = 3;

    private final byte[] bytes;
    private final int end;
    private int at;

    Der(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    private Der(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    /** The tag of an explicitly tagged value. */
    static int explicit(int number) {
        return 0xa0 | number;
    }

    boolean more() {
        return at < end;
    }

    /** Whether the next value has that tag. */
    boolean next(int tag) {
        return more() && (bytes[at] & 0xff) == tag;
    }

    /** Goes into the next value, which has that tag, and past it here. */
    Der enter(int tag) {
        if (!next(tag)) {
            throw malformed();
        }
        at++;
        int length = length();
        if (length > end - at) {
            throw malformed();
        }
        Der inner = new Der(bytes, at, at + length);
        at += length;
        return inner;
    }

    /** Returns what the next value holds, which has that tag. */
    byte[] take(int tag) {
        Der inner = enter(tag);
        return Arrays.copyOfRange(bytes, inner.at, inner.end);
    }

    /** Goes past the next value, whatever it is. */
    Der skip() {
        if (!more()) {
            throw malformed();
        }
        enter(bytes[at] & 0xff);
        return this;
    }

    private int length() {
        int first = octet();
        if (first < LONG_LENGTH) {
            return first;
        }
        int octets = first - LONG_LENGTH;
        if (octets == 0 || octets > MOST_OCTETS) {
            throw malformed();
        }
        int length = 0;
        for (int i = 0; i < octets; i++) {
            length = length << 8 | octet();
        }
        return length;
    }

    private int octet() {
        if (!more()) {
            throw malformed();
        }
        return bytes[at++] & 0xff;
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("not DER");
    }
}
