package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Repairs sections of lines that old servers write: lines that end in a bare LF (RFC 9112 section 2.2), blanks between a field name and its
 * colon (section 5.1), and field lines that are continued in the next one (section 5.2). What comes out is as it should have been, and is
 * read as strictly as any other.
 */
final class LenientHead {

    private static final byte CR = '\r';
    private static final byte LF = '\n';

    private byte[] repaired;
    private int length;

    private LenientHead(int size) {
        this.repaired = new byte[size];
    }

    /** Returns how many bytes the section that begins here has, or 0 if its end has not come yet; as {@link HeadReader#available}. */
    static int available(ByteBuf in, int looked, boolean afterStartLine) {
        int begin = in.readerIndex();
        int end = in.writerIndex();
        for (int lf = in.indexOf(begin + looked, end, LF); lf >= 0; lf = in.indexOf(lf + 1, end, LF)) {
            int lineEnd = lf > begin && in.getByte(lf - 1) == CR ? lf - 1 : lf;
            boolean empty = lineEnd == begin ? !afterStartLine : in.getByte(lineEnd - 1) == LF;
            if (empty) {
                return lf + 1 - begin;
            }
        }
        return 0;
    }

    /** Returns the section of that length that begins here, repaired. */
    static byte[] repaired(ByteBuf in, int length, boolean afterStartLine) {
        byte[] raw = new byte[length];
        in.getBytes(in.readerIndex(), raw);
        LenientHead head = new LenientHead(length + 64);
        boolean startLine = afterStartLine;
        boolean field = false;
        for (int from = 0; from < length; ) {
            int lf = from;
            while (raw[lf] != LF) {
                lf++;
            }
            int end = lf > from && raw[lf - 1] == CR ? lf - 1 : lf;
            if (startLine || end == from) {
                head.line(raw, from, end);
            } else if (!Octets.blank(raw[from])) {
                head.field(raw, from, end);
                field = true;
            } else if (field) {
                head.continued(raw, from, end);
            }
            startLine = false;
            from = lf + 1;
        }
        return Arrays.copyOf(head.repaired, head.length);
    }

    private void line(byte[] raw, int from, int end) {
        add(raw, from, end);
        add(CR);
        add(LF);
    }

    private void field(byte[] raw, int from, int end) {
        int colon = from;
        while (colon < end && raw[colon] != ':') {
            colon++;
        }
        int name = colon;
        while (colon < end && name > from && Octets.blank(raw[name - 1])) {
            name--;
        }
        add(raw, from, name);
        line(raw, colon, end);
    }

    /** Joined to the line before by a space. */
    private void continued(byte[] raw, int from, int end) {
        int begin = from;
        while (begin < end && Octets.blank(raw[begin])) {
            begin++;
        }
        length -= 2;
        add((byte) ' ');
        line(raw, begin, end);
    }

    private void add(byte[] raw, int from, int end) {
        int count = end - from;
        if (repaired.length - length < count) {
            repaired = Arrays.copyOf(repaired, 2 * repaired.length + count);
        }
        System.arraycopy(raw, from, repaired, length, count);
        length += count;
    }

    private void add(byte octet) {
        if (length == repaired.length) {
            repaired = Arrays.copyOf(repaired, 2 * length);
        }
        repaired[length++] = octet;
    }
}
