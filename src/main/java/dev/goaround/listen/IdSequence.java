package dev.goaround.listen;

import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Makes identifiers: UUIDs of version 7 (RFC 9562 section 5.7), each greater than the one before, by a counter of 12 bits in place
 * of {@code rand_a} (section 6.2, method 1). For one thread.
 */
final class IdSequence {

    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);
    private static final int LENGTH = 36;
    private static final int MOST = 0xFFF;
    /** Where a millisecond's counter begins is random below this, so that at least half of its numbers are left. */
    private static final int FIRST = 0x7FF;

    private final LongSupplier millis;
    private final RandomGenerator random;
    private long last;
    private int counter;

    /**
     * @param millis the time in milliseconds since the epoch; it may go back
     * @param random need not be unpredictable: who knows an identifier has no right by that
     */
    IdSequence(LongSupplier millis, RandomGenerator random) {
        this.millis = millis;
        this.random = random;
    }

    String next() {
        long bits = random.nextLong();
        advance();
        return text(last << 16 | 0x7000 | counter, bits >>> 2 | 1L << 63);
    }

    /** A clock that stands still or goes back is followed once it has caught up. */
    private void advance() {
        long now = millis.getAsLong();
        if (now > last) {
            last = now;
            counter = (int) random.nextLong() & FIRST;
        } else if (counter == MOST) {
            last++;
            counter = 0;
        } else {
            counter++;
        }
    }

    private static String text(long high, long low) {
        byte[] text = new byte[LENGTH];
        put(text, 0, 8, high >>> 32);
        put(text, 9, 4, high >>> 16);
        put(text, 14, 4, high);
        put(text, 19, 4, low >>> 48);
        put(text, 24, 12, low);
        text[8] = text[13] = text[18] = text[23] = '-';
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static void put(byte[] text, int from, int digits, long value) {
        long rest = value;
        for (int i = from + digits - 1; i >= from; i--) {
            text[i] = DIGITS[(int) rest & 0xF];
            rest >>>= 4;
        }
    }
}
