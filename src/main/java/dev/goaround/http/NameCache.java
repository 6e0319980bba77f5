package dev.goaround.http;

import io.netty.util.AsciiString;
import java.util.Arrays;

/**
 * Field names seen lately, exactly as they were written: those that every message has need no new object then, and their
 * hashes are known. Belongs to one thread.
 */
final class NameCache {

    private static final int SLOTS = 256;
    private static final int LONGEST = 64;

    private final AsciiString[] names = new AsciiString[SLOTS];

    NameCache() {
        Arrays.fill(names, AsciiString.EMPTY_STRING);
    }

    /** Returns the name of at least one byte that stands in the array. */
    AsciiString name(byte[] bytes, int from, int length) {
        int slot = (31 * length + 7 * bytes[from] + bytes[from + length - 1]) & (SLOTS - 1);
        AsciiString known = names[slot];
        if (known.length() == length && Arrays.equals(known.array(), 0, length, bytes, from, from + length)) {
            return known;
        }
        AsciiString name = new AsciiString(bytes, from, length, true);
        if (length <= LONGEST) {
            names[slot] = name;
        }
        return name;
    }
}
