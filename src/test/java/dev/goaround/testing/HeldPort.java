package dev.goaround.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A TCP port of 127.0.0.1 on which nothing listens. It is bound, so that the system gives it to nobody else, neither to
 * a server on port 0 nor to a client as its own port; connections to it are refused. A program that is told the number
 * may listen on it meanwhile, if it sets SO_REUSEADDR, as servers in Java, Netty and Go do.
 *
 * <p>A port that was free a moment ago may belong to somebody else by now, on a busy machine more often than not.
 */
public final class HeldPort implements AutoCloseable {

    /** Those that are held until the tests end. */
    private static final Queue<HeldPort> FOR_GOOD = new ConcurrentLinkedQueue<>();

    private final Socket socket = new Socket();

    private HeldPort(int port) throws IOException {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(loopback(), port));
    }

    private static InetAddress loopback() throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    }

    /** Holds a free port until it is closed. */
    public static HeldPort take() {
        return take(0);
    }

    /** Holds this port, on which a server of the test has listened until now: it does for as long as a thread is about to accept. */
    public static HeldPort take(int port) {
        return await().ignoreExceptionsInstanceOf(BindException.class)
                .until(() -> new HeldPort(port), Objects::nonNull);
    }

    /** Holds a free port until the tests end. */
    public static HeldPort forGood() {
        return forGood(0);
    }

    /** Holds this port until the tests end. */
    static HeldPort forGood(int port) {
        HeldPort held = take(port);
        FOR_GOOD.add(held);
        return held;
    }

    public int port() {
        return socket.getLocalPort();
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + port());
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
