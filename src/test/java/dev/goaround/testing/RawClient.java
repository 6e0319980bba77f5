package dev.goaround.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client made of a plain socket, which sends and sees every byte. Reads fail at last rather than hang. */
public final class RawClient implements AutoCloseable {

    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)\r\n");

    /** One message received. */
    public record Response(String head, String body) {

        public int status() {
            return Integer.parseInt(head.substring(9, 12));
        }

        public String statusLine() {
            return head.substring(0, head.indexOf("\r\n"));
        }

        public List<String> lines() {
            return Arrays.asList(head.trim().split("\r\n"));
        }

        /** Every value of a field, in order. */
        public List<String> values(String name) {
            return lines().stream()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .toList();
        }
    }

    private final Socket socket;
    private final InputStream in;

    public RawClient(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** Takes a connection that is open already, such as one with TLS. */
    public RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.socket.setSoTimeout((int) Patience.AMPLE.toMillis());
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** Connects with a receive buffer so small that whoever sends to it must soon wait for it to read. */
    public static RawClient withSmallBuffer(int port) throws IOException {
        return withBuffer(port, 4_096);
    }

    /** Connects with a receive buffer of this size; from a small one megabytes are read in minutes. */
    public static RawClient withBuffer(int port, int bytes) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(bytes);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return new RawClient(socket);
    }

    public RawClient send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    public Response get(String path, String... fields) throws IOException {
        return exchange("GET", path, fields);
    }

    public Response exchange(String method, String path, String... fields) throws IOException {
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: test.example\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        send(head.append("\r\n").toString());
        return "HEAD".equals(method) ? new Response(readHead(), "") : read();
    }

    /** Reads one message, framed by its length, by chunks (returned decoded) or by the end of the connection. */
    public Response read() throws IOException {
        String head = readHead();
        if (head.isEmpty() || head.matches("(?s)HTTP/1.1 (1..|204|304).*")) {
            return new Response(head, "");
        }
        Matcher length = LENGTH.matcher(head);
        if (length.find()) {
            return new Response(head, readBytes(Integer.parseInt(length.group(1))));
        }
        boolean chunked = head.toLowerCase(java.util.Locale.ROOT).contains("\r\ntransfer-encoding: chunked\r\n");
        return new Response(head, chunked ? readChunks() : new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
    }

    /** Reads a head, up to and with its empty line; what there was if the peer closed before. */
    public String readHead() throws IOException {
        return readUntil("\r\n\r\n");
    }

    public String readBytes(int count) throws IOException {
        return new String(in.readNBytes(count), StandardCharsets.ISO_8859_1);
    }

    private String readChunks() throws IOException {
        StringBuilder body = new StringBuilder();
        while (true) {
            String line = readUntil("\r\n");
            if (line.isEmpty()) {
                return body + "<cut>";
            }
            int size = Integer.parseInt(line.trim(), 16);
            if (size == 0) {
                String trailer = readUntil("\r\n");
                while (!trailer.equals("\r\n") && !trailer.isEmpty()) {
                    body.append('<').append(trailer.trim()).append('>');
                    trailer = readUntil("\r\n");
                }
                return body.toString();
            }
            body.append(readBytes(size));
            readBytes(2);
        }
    }

    private String readUntil(String end) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            read.write(b);
            if (b == '\n' && read.toString(StandardCharsets.ISO_8859_1).endsWith(end)) {
                break;
            }
        }
        return read.toString(StandardCharsets.ISO_8859_1);
    }

    /** Whether the server closes the connection, orderly or not, before anything else comes. */
    public boolean closedByServer() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    public InputStream in() {
        return in;
    }

    public Socket socket() {
        return socket;
    }

    /** Closes in the ordinary way, while the test goes on. */
    public void leave() throws IOException {
        socket.close();
    }

    /** Closes with a reset. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
