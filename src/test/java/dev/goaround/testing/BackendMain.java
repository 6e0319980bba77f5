package dev.goaround.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The program behind {@link BackendProcess}. Its arguments are its name and its port; it prints the port really taken, and
 * ends when its standard input does, so that it never outlives the tests.
 *
 * <p>It answers {@code NAME METHOD PATH BYTES}, where the last is the length of the request's body, on every path but these:
 * {@code /bytes/N} sends that many bytes, {@code /pause/N} answers after that many milliseconds, {@code /hold} only
 * after {@code /release}, and {@code /field/N} with a field of 32 KB that begins with N.
 */
final class BackendMain {

    private static final long LONGEST_HOLD_SECONDS = 600;
    private static final int FIELD = 32 * 1024;

    private final String name;
    private final CountDownLatch released = new CountDownLatch(1);

    private BackendMain(String name) {
        this.name = name;
    }

    /** Runs until standard input ends. */
    public static void main(String[] args) throws IOException {
        // Otherwise a head and its body are 40 ms apart.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1]));
        HttpServer server = HttpServer.create(address, 1024);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", new BackendMain(args[0])::handle);
        server.start();
        System.out.println(server.getAddress().getPort());
        System.in.transferTo(OutputStream.nullOutputStream());
        System.exit(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange;
                InputStream in = exchange.getRequestBody()) {
            long received = in.transferTo(OutputStream.nullOutputStream());
            String path = exchange.getRequestURI().getPath();
            if (path.startsWith("/bytes/")) {
                sendBytes(exchange, number(path));
                return;
            }
            if (path.startsWith("/field/")) {
                exchange.getResponseHeaders().set("X-Field", number(path) + "x".repeat(FIELD));
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            if (path.equals("/release")) {
                released.countDown();
            } else if (path.equals("/hold") && !released.await(LONGEST_HOLD_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("was never released");
            } else if (path.startsWith("/pause/")) {
                LockSupport.parkNanos(Duration.ofMillis(number(path)).toNanos());
            }
            byte[] text = (name + " " + exchange.getRequestMethod() + " " + path + " " + received)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long number(String path) {
        return Long.parseLong(path.substring(path.lastIndexOf('/') + 1));
    }

    private static void sendBytes(HttpExchange exchange, long count) throws IOException {
        exchange.sendResponseHeaders(200, count);
        byte[] chunk = new byte[64 * 1024];
        OutputStream out = exchange.getResponseBody();
        for (long left = count; left > 0; left -= chunk.length) {
            out.write(chunk, 0, (int) Math.min(left, chunk.length));
        }
    }
}
