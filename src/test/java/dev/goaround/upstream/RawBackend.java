package dev.goaround.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** A backend that does to each connection what a test says, byte for byte. */
final class RawBackend implements AutoCloseable {

    /** What to do with a connection whose request's head has been read. */
    @FunctionalInterface
    interface Script {
        void play(Socket client) throws IOException;
    }

    @FunctionalInterface
    private interface Reader {
        String read(Socket client) throws IOException;
    }

    private final ServerSocket listener;
    private final Reader reader;
    private final Script script;

    /** The heads of the requests that came. */
    final BlockingQueue<String> heads = new LinkedBlockingQueue<>();

    /** Completes when a connection's other end was closed. */
    final CompletableFuture<Void> closedByClient = new CompletableFuture<>();

    RawBackend(Script script) throws IOException {
        this(client -> head(client.getInputStream()), script);
    }

    private RawBackend(Reader reader, Script script) throws IOException {
        this.reader = reader;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.script = script;
        Thread acceptor = new Thread(this::accept, "raw-backend");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    /** A backend that answers with these bytes and waits for the client to close. */
    static RawBackend sending(String answer) throws IOException {
        return new RawBackend(client -> client.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** A backend that sends these bytes without having read any. */
    static RawBackend greeting(String words) throws IOException {
        return new RawBackend(
                client -> "", client -> client.getOutputStream().write(words.getBytes(StandardCharsets.ISO_8859_1)));
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try (Socket client = listener.accept()) {
                heads.add(reader.read(client));
                script.play(client);
                if (!client.isClosed()) {
                    client.getInputStream().transferTo(OutputStream.nullOutputStream());
                }
                closedByClient.complete(null);
            } catch (IOException gone) {
                closedByClient.complete(null);
            }
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed before the end of the head");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
