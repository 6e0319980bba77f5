package dev.goaround.http;

import io.netty.buffer.ByteBuf;

/**
 * The line before a chunk (RFC 9112 section 7.1): its size in hexadecimal digits and nothing else, except for extensions,
 * which are dropped.
 */
final class ChunkSize {

    /** The line is not there yet. */
    static final long UNKNOWN = -1;

    /** Longest line, with its end. Nobody uses extensions, so long ones are an attack. */
    private static final int LONGEST_LINE = 1024;

    /** Most bytes of extensions in one body. */
    private static final int MOST_EXTENSIONS = 16 * 1024;

    /** Without leading zeros, which say nothing: more would not fit a number of 64 bits. */
    private static final int MOST_DIGITS = 15;

    private final boolean padded;
    private int extensions;

    /** @param padded whether blanks may stand behind a size, as old servers write them; of clients nobody does */
    ChunkSize(boolean padded) {
        this.padded = padded;
    }

    /** Begins another body. */
    void reset() {
        extensions = 0;
    }

    /** Reads the line and returns the size, or {@link #UNKNOWN}. */
    long read(ByteBuf in) {
        int begin = in.readerIndex();
        int most = Math.min(in.readableBytes(), LONGEST_LINE);
        int lf = in.indexOf(begin, begin + most, (byte) '\n');
        if (lf < 0) {
            if (most == LONGEST_LINE) {
                throw malformed();
            }
            return UNKNOWN;
        }
        long size = size(in, begin, lf);
        in.readerIndex(lf + 1);
        return size;
    }

    private long size(ByteBuf in, int begin, int lf) {
        int end = lf - 1;
        if (end <= begin || in.getByte(end) != '\r') {
            throw malformed();
        }
        long size = 0;
        int at = begin;
        while (at < end && in.getByte(at) == '0') {
            at++;
        }
        int digits = at;
        for (int digit; at < end && (digit = Octets.hex(in.getByte(at))) >= 0; at++) {
            size = 16 * size + digit;
        }
        if (at == begin || at - digits > MOST_DIGITS) {
            throw malformed();
        }
        if (at < end) {
            extension(in, at, end);
        }
        return size;
    }

    private void extension(ByteBuf in, int from, int end) {
        int at = from;
        while (at < end && Octets.blank(in.getByte(at))) {
            at++;
        }
        if (at == end && padded) {
            return;
        }
        if (at == end || in.getByte(at) != ';') {
            throw malformed();
        }
        for (; at < end; at++) {
            if (!Octets.value(in.getByte(at))) {
                throw malformed();
            }
        }
        extensions += end - from;
        if (extensions > MOST_EXTENSIONS) {
            throw malformed();
        }
    }

    private static MalformedMessageException malformed() {
        return MalformedMessageException.syntax("the size of a chunk is malformed");
    }
}
