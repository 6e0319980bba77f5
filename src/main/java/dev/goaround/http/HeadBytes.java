package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The head of a message while it is put together: on the heap, where many small steps are cheap, and copied to where the
 * socket takes it from in one. There is one for each thread, and it is used within one method.
 */
final class HeadBytes {

    /** Larger ones are not kept for the next head. */
    private static final int KEPT = 64 * 1024;

    private static final FastThreadLocal<HeadBytes> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected HeadBytes initialValue() {
            return new HeadBytes();
        }
    };

    private byte[] bytes = new byte[1024];
    private int length;

    private HeadBytes() {}

    /** Returns the thread's, emptied. */
    static HeadBytes empty() {
        HeadBytes head = OF_THREAD.get();
        head.length = 0;
        return head;
    }

    int length() {
        return length;
    }

    HeadBytes add(char ascii) {
        reserve(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    /** Adds text byte by character, as it was read; characters that are no byte become question marks. */
    HeadBytes add(CharSequence text) {
        return text instanceof AsciiString ascii
                ? add(ascii.array(), ascii.arrayOffset(), ascii.length())
                : add(text.toString());
    }

    private HeadBytes add(String text) {
        byte[] latin1 = text.getBytes(StandardCharsets.ISO_8859_1);
        return add(latin1, 0, latin1.length);
    }

    private HeadBytes add(byte[] from, int offset, int count) {
        reserve(count);
        System.arraycopy(from, offset, bytes, length, count);
        length += count;
        return this;
    }

    private void reserve(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
    }

    /** Appends everything to the buffer, and is not to be used after that. */
    void moveTo(ByteBuf out) {
        out.writeBytes(bytes, 0, length);
        if (bytes.length > KEPT) {
            bytes = new byte[1024];
        }
    }
}
