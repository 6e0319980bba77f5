package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;

/**
 * Where the frames of one direction of a WebSocket end (RFC 6455 section 5.2), so that a Close frame of GoAround's own can come between two of
 * them. Only headers are looked at. Not thread-safe.
 */
public final class WebSocketFrames {

    /** An endpoint is going away, such as a server that stops (RFC 6455 section 7.4.1). */
    public static final int GOING_AWAY = 1001;

    /** The service is restarted: the client may connect again (registered with IANA for RFC 6455 section 11.7). */
    public static final int SERVICE_RESTART = 1012;

    private static final int FINAL = 0x80;
    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7f;
    private static final int OPCODE = 0x0f;
    private static final int CLOSE = 0x08;
    private static final int SHORT_LENGTH = 126;
    private static final int MASK_BYTES = 4;
    private static final int CODE_BYTES = 2;

    /** Continuation, text, binary; Close, Ping, Pong. */
    private static final int KNOWN_OPCODES = 0b0111_0000_0111;

    /** Bytes of the header of a frame that have passed. */
    private int header;

    /** How many such bytes there are, as far as that is known. */
    private int headerLength = 2;

    private int lengthBytes;

    /** Bytes of the frame's payload that are still to pass. */
    private long payload;

    private int opcode;
    private boolean closed;
    private boolean lost;

    /** Follows what passes. */
    public void follow(ByteBuf bytes) {
        int length = bytes.readableBytes();
        if (length == 0 || lost) {
            return;
        }
        // Each look at a buffer has its checks, and frames may be small.
        ByteBuffer view = bytes.nioBufferCount() == 1
                ? bytes.internalNioBuffer(bytes.readerIndex(), length)
                : bytes.nioBuffer(bytes.readerIndex(), length);
        int at = view.position();
        int end = at + length;
        while (at < end && !lost) {
            if (payload > 0 && header == 0) {
                int count = (int) Math.min(payload, end - at);
                payload -= count;
                at += count;
            } else {
                header(view.get(at++) & 0xff);
            }
            closed |= opcode == CLOSE && between();
        }
    }

    /** Whether a frame of GoAround's own may come now. Never true again once something has passed that is no frame. */
    public boolean between() {
        return header == 0 && payload == 0 && !lost;
    }

    /** Whether a Close frame has passed, after which there are no others (RFC 6455 section 5.5.1). */
    public boolean closed() {
        return closed;
    }

    /** One byte of a frame's header. */
    private void header(int octet) {
        header++;
        if (header == 1) {
            opcode = octet & OPCODE;
            lost = (KNOWN_OPCODES >> opcode & 1) == 0;
        } else if (header == 2) {
            int length = octet & LENGTH;
            lengthBytes = length < SHORT_LENGTH ? 0 : length == SHORT_LENGTH ? 2 : 8;
            payload = lengthBytes == 0 ? length : 0;
            headerLength = 2 + lengthBytes + ((octet & MASKED) == 0 ? 0 : MASK_BYTES);
        } else if (header <= 2 + lengthBytes) {
            payload = payload << 8 | octet;
            lost = payload < 0;
        }
        if (header >= 2 && header == headerLength) {
            header = 0;
        }
    }

    /** Returns a Close frame as servers send it. */
    public static ByteBuf close(int code) {
        return Unpooled.buffer(2 + CODE_BYTES)
                .writeByte(FINAL | CLOSE)
                .writeByte(CODE_BYTES)
                .writeShort(code);
    }

    /** Returns a Close frame as clients send it, with its payload masked (RFC 6455 section 5.3). */
    public static ByteBuf maskedClose(int code, int mask) {
        return Unpooled.buffer(2 + MASK_BYTES + CODE_BYTES)
                .writeByte(FINAL | CLOSE)
                .writeByte(MASKED | CODE_BYTES)
                .writeInt(mask)
                .writeShort(code ^ mask >>> 16);
    }
}
