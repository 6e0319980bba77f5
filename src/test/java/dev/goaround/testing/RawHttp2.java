package dev.goaround.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A backend's end of an HTTP/2 connection, frame by frame (RFC 9113 section 4.1). */
public final class RawHttp2 {

    public static final int NO_ERROR = 0;
    public static final int INTERNAL_ERROR = 2;
    public static final int REFUSED_STREAM = 7;
    public static final int CANCEL = 8;

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int ACK = 1;
    private static final int GOAWAY = 7;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int HEAD_LENGTH = 9;
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private static final int WINDOW_UPDATE = 8;
    private static final int INITIAL_WINDOW = 65_535;
    private static final int MAX_FRAME = 16_384;

    /** A frame that was read. */
    public record Frame(int stream, ByteBuffer payload) {}

    private final RawBackend.Connection connection;

    private RawHttp2(RawBackend.Connection connection) {
        this.connection = connection;
    }

    /** Reads the preface and sends empty settings. */
    public static RawHttp2 on(RawBackend.Connection connection) throws IOException {
        connection.readBytes(PREFACE.length());
        return new RawHttp2(connection).settings();
    }

    /** Sends settings, each an identifier and its value, once all of the preface has been read. */
    public static RawHttp2 afterPreface(RawBackend.Connection connection, int... settings) throws IOException {
        return new RawHttp2(connection).settings(settings);
    }

    /** Sends settings: identifiers, each followed by its value. */
    public RawHttp2 settings(int... settings) throws IOException {
        return send(SETTINGS, 0, 0, encoded(settings));
    }

    static byte[] encoded(int... settings) {
        ByteBuffer payload = ByteBuffer.allocate(3 * settings.length);
        for (int i = 0; i < settings.length; i += 2) {
            payload.putShort((short) settings[i]).putInt(settings[i + 1]);
        }
        return payload.array();
    }

    /** Lets the peer send so much more on the connection, and on each of its streams. */
    public RawHttp2 window(int bytes) throws IOException {
        return settings(RawHttp2Client.INITIAL_WINDOW_SIZE, bytes).send(WINDOW_UPDATE, 0, 0, integers(bytes));
    }

    /** Returns the stream of the next request, whatever else comes before; 0 once the peer has closed. */
    public int readRequest() throws IOException {
        return read(HEADERS).stream();
    }

    /** Reads up to and with the next frame of that type; one on stream 0 without a payload once the peer has closed. */
    public Frame read(int type) throws IOException {
        while (true) {
            ByteBuffer head = bytes(HEAD_LENGTH);
            if (head.remaining() < HEAD_LENGTH) {
                return new Frame(0, ByteBuffer.allocate(0));
            }
            ByteBuffer payload = bytes(head.getInt(0) >>> 8);
            if (head.get(3) == type) {
                return new Frame(head.getInt(5), payload);
            }
        }
    }

    private ByteBuffer bytes(int count) throws IOException {
        return ByteBuffer.wrap(connection.readBytes(count).getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends data on the stream without an end, as much as its window lets it, until the peer closes. */
    public void sendForever(int stream) throws IOException {
        int window = INITIAL_WINDOW;
        while (window > 0) {
            int length = Math.min(window, MAX_FRAME);
            send(DATA, 0, stream, new byte[length]);
            window -= length;
            while (window == 0) {
                Frame update = read(WINDOW_UPDATE);
                if (!update.payload().hasRemaining()) {
                    return;
                }
                window = update.stream() == stream ? update.payload().getInt(0) : 0;
            }
        }
    }

    /**
     * Sends data on the stream, as much as its window lets it, and answers PINGs after what was sent before them, until the stream's window is
     * that wide or so many bytes have been sent. Returns the width of the window when it ended.
     */
    public int sendUntilWindow(int stream, int window, int wide, int most) throws IOException {
        int open = window;
        byte[] ping = null;
        for (int sent = 0; open < wide && sent < most; ) {
            while (open > 0 && sent < most) {
                int length = Math.min(open, MAX_FRAME);
                send(DATA, 0, stream, new byte[length]);
                open -= length;
                sent += length;
            }
            if (ping != null) {
                send(PING, ACK, 0, ping);
                ping = null;
            }
            while (open == 0) {
                ByteBuffer head = bytes(HEAD_LENGTH);
                if (head.remaining() < HEAD_LENGTH) {
                    return -1;
                }
                ByteBuffer payload = bytes(head.getInt(0) >>> 8);
                int type = head.get(3);
                if (type == PING && head.get(4) == 0) {
                    ping = new byte[payload.remaining()];
                    payload.get(ping);
                } else if (type == WINDOW_UPDATE && head.getInt(5) == stream) {
                    open += payload.getInt(0);
                }
            }
        }
        return open;
    }

    /** Answers 200 without a field. */
    public RawHttp2 ok(int stream, boolean end) throws IOException {
        // In the static table of HPACK (RFC 7541 appendix A), :status 200 is number 8.
        return send(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, new byte[] {(byte) 0x88});
    }

    /** Answers with that status and no other field. */
    public RawHttp2 head(int stream, int status, boolean end) throws IOException {
        // A literal without indexing whose name is number 8 of the static table (RFC 7541 section 6.2.2).
        byte[] section = ("\b\3" + status).getBytes(StandardCharsets.US_ASCII);
        return send(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, section);
    }

    public RawHttp2 reset(int stream, int error) throws IOException {
        return send(RESET, 0, stream, integers(error));
    }

    public RawHttp2 goAway(int lastStream) throws IOException {
        return send(GOAWAY, 0, 0, integers(lastStream, 0));
    }

    /** Sends data on the stream. */
    public RawHttp2 data(int stream, byte[] bytes, boolean end) throws IOException {
        return send(DATA, end ? END_STREAM : 0, stream, bytes);
    }

    private RawHttp2 send(int type, int flags, int stream, byte[] payload) throws IOException {
        byte[] frame = ByteBuffer.allocate(HEAD_LENGTH + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
        connection.send(frame);
        return this;
    }

    private static byte[] integers(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }
}
