package dev.goaround.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A client's end of an HTTP/2 connection without TLS, frame by frame, with windows as small as it likes (RFC 9113 section 6.9). */
public final class StallingHttp2Client implements AutoCloseable {

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int WINDOW_UPDATE = 8;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int ACK = 1;
    private static final int HEAD_LENGTH = 9;
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private final Socket socket;
    private final Set<Integer> heads = ConcurrentHashMap.newKeySet();
    private final Set<Integer> resets = ConcurrentHashMap.newKeySet();
    private final Set<Integer> ends = ConcurrentHashMap.newKeySet();
    private final Map<Integer, AtomicLong> received = new ConcurrentHashMap<>();
    private final Thread reader;
    private int next = 1;

    private StallingHttp2Client(Socket socket, int window) throws IOException {
        this.socket = socket;
        socket.getOutputStream().write(PREFACE.getBytes(StandardCharsets.US_ASCII));
        send(
                SETTINGS,
                0,
                0,
                ByteBuffer.allocate(6)
                        .putShort((short) INITIAL_WINDOW_SIZE)
                        .putInt(window)
                        .array());
        reader = new Thread(this::read, "raw-http2-client");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Connects over the loopback.
     *
     * @param window the initial window of each stream
     */
    public static StallingHttp2Client connect(int port, int window) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return new StallingHttp2Client(socket, window);
    }

    /** Sends a GET on a stream of its own, which is returned. */
    public int get(String path) throws IOException {
        return request(0x82, path, true);
    }

    /** Sends the head of a POST on a stream of its own, which is returned. */
    public int post(String path) throws IOException {
        return request(0x83, path, false);
    }

    /** In the static table of HPACK (RFC 7541 appendix A), 2 and 3 are the methods, 6 is the scheme, 4 has the path, 1 the authority. */
    private synchronized int request(int method, String path, boolean end) throws IOException {
        int stream = next;
        next += 2;
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(method);
        block.write(0x86);
        literal(block, 4, path);
        literal(block, 1, "test.example");
        send(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block.toByteArray());
        return stream;
    }

    private static void literal(ByteArrayOutputStream block, int name, String value) {
        block.write(name);
        block.write(value.length());
        block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    }

    /** Lets the server send so much more on the stream, or on the connection (0). */
    public void window(int stream, int more) throws IOException {
        send(WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(more).array());
    }

    public void data(int stream, String data, boolean end) throws IOException {
        send(DATA, end ? END_STREAM : 0, stream, data.getBytes(StandardCharsets.ISO_8859_1));
    }

    private synchronized void send(int type, int flags, int stream, byte[] payload) throws IOException {
        socket.getOutputStream()
                .write(ByteBuffer.allocate(HEAD_LENGTH + payload.length)
                        .put((byte) (payload.length >> 16))
                        .putShort((short) payload.length)
                        .put((byte) type)
                        .put((byte) flags)
                        .putInt(stream)
                        .put(payload)
                        .array());
    }

    private void read() {
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (true) {
                int lengthAndType = in.readInt();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                byte[] payload = in.readNBytes(lengthAndType >>> 8);
                frame(lengthAndType & 0xff, flags, stream, payload);
            }
        } catch (EOFException e) {
            // The server has closed.
        } catch (IOException e) {
            // This end, or the other, has closed.
        }
    }

    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        switch (type) {
            case HEADERS -> heads.add(stream);
            case DATA ->
                received.computeIfAbsent(stream, none -> new AtomicLong()).addAndGet(payload.length);
            case RESET -> resets.add(stream);
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    send(SETTINGS, ACK, 0, new byte[0]);
                }
            }
            default -> {
                // Not looked at.
            }
        }
        if ((type == HEADERS || type == DATA) && (flags & END_STREAM) != 0) {
            ends.add(stream);
        }
    }

    /** Streams whose response has begun. */
    public Set<Integer> heads() {
        return heads;
    }

    /** Streams that the server has reset. */
    public Set<Integer> resets() {
        return resets;
    }

    /** Streams that the server has ended. */
    public Set<Integer> ends() {
        return ends;
    }

    /** Bytes of data that have come on the stream. */
    public long received(int stream) {
        AtomicLong bytes = received.get(stream);
        return bytes == null ? 0 : bytes.get();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
