package dev.goaround.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A backend made of a plain socket, which does exactly what a test tells it, byte for byte. */
public final class RawBackend implements AutoCloseable {

    /** What happens on one connection. */
    @FunctionalInterface
    public interface Script {
        void run(Connection connection) throws Exception;
    }

    /** One connection from the proxy. */
    public static final class Connection {
        private final Socket socket;
        private final Socket plain;
        private final InputStream in;
        private final OutputStream out;
        private final List<String> heads;

        Connection(Socket socket, Socket plain, List<String> heads) throws IOException {
            this.socket = socket;
            this.plain = plain;
            this.in = new BufferedInputStream(socket.getInputStream());
            this.out = socket.getOutputStream();
            this.heads = heads;
        }

        /** Reads a head, up to and with its empty line; an empty string if the peer closed. */
        public String readHead() throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            int last = 0;
            for (int b = in.read(); b >= 0; b = in.read()) {
                head.write(b);
                last = last << 8 | b;
                if (last == 0x0d0a0d0a) {
                    String read = head.toString(StandardCharsets.ISO_8859_1);
                    heads.add(read);
                    return read;
                }
            }
            return "";
        }

        public String readBytes(int count) throws IOException {
            return new String(in.readNBytes(count), StandardCharsets.ISO_8859_1);
        }

        /** Reads up to and with these bytes. */
        public void readUntil(String end) throws IOException {
            StringBuilder last = new StringBuilder();
            for (int b = in.read(); b >= 0; b = in.read()) {
                last.append((char) b);
                if (last.length() > end.length()) {
                    last.deleteCharAt(0);
                }
                if (last.toString().equals(end)) {
                    return;
                }
            }
        }

        /** Reads until the peer closes. */
        public long drain() throws IOException {
            return in.transferTo(OutputStream.nullOutputStream());
        }

        public Connection send(String bytes) throws IOException {
            out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            return this;
        }

        public void send(byte[] bytes) throws IOException {
            out.write(bytes);
        }

        /** Sends no more, and goes on reading. */
        public void halfClose() throws IOException {
            socket.shutdownOutput();
        }

        /** Closes with a reset. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        public void close() throws IOException {
            socket.close();
        }

        /** Closes in the ordinary way, but without a word of TLS. */
        public void cut() throws IOException {
            plain.close();
        }
    }

    @FunctionalInterface
    private interface Layer {
        Socket over(Socket plain) throws IOException;
    }

    private final ServerSocket server;
    private final Script script;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "raw-backend");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();

    private final String scheme;
    private final Layer layer;

    private RawBackend(ServerSocket server, String scheme, Layer layer, Script script) {
        this.server = server;
        this.scheme = scheme;
        this.layer = layer;
        this.script = script;
        threads.execute(this::accept);
    }

    /** Starts a backend that runs the script on every connection, and closes the connection after it. */
    public static RawBackend running(Script script) {
        try {
            return new RawBackend(listener(), "http", plain -> plain, script);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same with TLS, in which it agrees to speak that protocol (RFC 7301). */
    public static RawBackend secure(SSLContext tls, String protocol, Script script) {
        try {
            return new RawBackend(
                    listener(),
                    "https",
                    plain -> {
                        SSLSocket socket = (SSLSocket)
                                tls.getSocketFactory().createSocket(plain, InputStream.nullInputStream(), true);
                        socket.setUseClientMode(false);
                        SSLParameters parameters = socket.getSSLParameters();
                        parameters.setApplicationProtocols(new String[] {protocol});
                        socket.setSSLParameters(parameters);
                        return socket;
                    },
                    script);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ServerSocket listener() throws IOException {
        return new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    }

    /** Starts a backend that answers every request without a body with the same bytes. */
    public static RawBackend answering(String response) {
        return running(connection -> {
            while (!connection.readHead().isEmpty()) {
                connection.send(response);
            }
        });
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                connections.incrementAndGet();
                sockets.add(socket);
                threads.execute(() -> run(socket));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void run(Socket plain) {
        try (plain;
                Socket socket = layer.over(plain)) {
            script.run(new Connection(socket, plain, heads));
        } catch (Exception e) {
            // The proxy or the test closed the connection, which tests see at the other end.
        }
    }

    public URI uri() {
        return URI.create(scheme + "://127.0.0.1:" + server.getLocalPort());
    }

    /** Every request head read, in order. */
    public List<String> heads() {
        return heads;
    }

    /** Connections accepted so far. */
    public int connections() {
        return connections.get();
    }

    /** Goes away for good: connections are closed, new ones refused, and nobody else is given the port. */
    public void leave() {
        int port = server.getLocalPort();
        close();
        HeldPort.forGood(port);
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.shutdownNow();
    }
}
