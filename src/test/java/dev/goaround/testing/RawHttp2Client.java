package dev.goaround.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A client of HTTP/2 without TLS, frame by frame (RFC 9113 section 4.1). Reads fail after 10 s rather than hang. */
public final class RawHttp2Client implements AutoCloseable {

    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int RESET = 3;
    public static final int SETTINGS = 4;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;

    /** Identifiers of settings (RFC 9113 section 6.5.2). */
    public static final int HEADER_TABLE_SIZE = 1;

    public static final int INITIAL_WINDOW_SIZE = 4;

    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int HEAD_LENGTH = 9;
    private static final int PATIENCE_MILLIS = 10_000;
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /** A frame that was read. */
    public record Frame(int type, int flags, int stream, ByteBuffer payload) {

        /** The payload's bytes. */
        public byte[] bytes() {
            byte[] bytes = new byte[payload.remaining()];
            payload.duplicate().get(bytes);
            return bytes;
        }

        public boolean endsStream() {
            return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private final OutputStream out;

    /** @param settings identifiers, each followed by its value */
    public RawHttp2Client(int port, int... settings) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        waiting.writeBytes(PREFACE.getBytes(StandardCharsets.US_ASCII));
        settings(settings).flush();
    }

    /** Adds a frame, which is sent by {@link #flush}. */
    public RawHttp2Client frame(int type, int flags, int stream, byte[] payload) {
        waiting.writeBytes(ByteBuffer.allocate(HEAD_LENGTH)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .array());
        waiting.writeBytes(payload);
        return this;
    }

    public RawHttp2Client settings(int... settings) {
        return frame(SETTINGS, 0, 0, RawHttp2.encoded(settings));
    }

    /** Adds a request's head: names, each followed by its value. */
    public RawHttp2Client head(int stream, boolean end, String... fields) {
        return section(stream, end, literals(fields));
    }

    /** Adds a request's head in the encoding of HPACK. */
    public RawHttp2Client section(int stream, boolean end, byte[] encoded) {
        return frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, encoded);
    }

    /** Encodes fields as literals that no table gets (RFC 7541 section 6.2.2). */
    public static byte[] literals(String... fields) {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        for (int i = 0; i < fields.length; i += 2) {
            encoded.write(0);
            text(encoded, fields[i]);
            text(encoded, fields[i + 1]);
        }
        return encoded.toByteArray();
    }

    /** Encodes a field as a literal that the table gets (RFC 7541 section 6.2.1). */
    public static byte[] indexed(String name, String value) {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        encoded.write(0x40);
        text(encoded, name);
        text(encoded, value);
        return encoded.toByteArray();
    }

    private static void text(ByteArrayOutputStream to, String text) {
        int left = text.length();
        if (left < 0x7f) {
            to.write(left);
        } else {
            to.write(0x7f);
            for (left -= 0x7f; left >= 0x80; left >>= 7) {
                to.write((left & 0x7f) | 0x80);
            }
            to.write(left);
        }
        to.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawHttp2Client get(int stream, String path) {
        return head(stream, true, ":method", "GET", ":scheme", "http", ":authority", "a", ":path", path);
    }

    public RawHttp2Client data(int stream, boolean end, byte[] bytes) {
        return frame(DATA, end ? END_STREAM : 0, stream, bytes);
    }

    public RawHttp2Client flush() throws IOException {
        waiting.writeTo(out);
        waiting.reset();
        return this;
    }

    /** Reads the next frame of that type, on whatever stream. */
    public Frame read(int type) throws IOException {
        Frame frame = read();
        while (frame.type() != type) {
            frame = read();
        }
        return frame;
    }

    public Frame read() throws IOException {
        int lengthAndType = in.readInt();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        return new Frame(lengthAndType & 0xff, flags, stream, ByteBuffer.wrap(in.readNBytes(lengthAndType >>> 8)));
    }

    /** Closes the connection before the end of the test. */
    public void leave() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
