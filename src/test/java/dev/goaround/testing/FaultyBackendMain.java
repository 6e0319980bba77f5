package dev.goaround.testing;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * A backend that misbehaves as it is told, for {@code ChaosIT} and {@code bench/chaos}, which compiles this one file. Its
 * arguments are its name and its port; it prints the port really taken, then one line for every line of its standard input,
 * and ends when that does.
 *
 * <p>It answers {@code NAME METHOD PATH LENGTH CRC32}, the last two of the request's body, after {@value #WORK_MILLIS} ms.
 * Below {@code /stream/}, {@value #PIECES} pieces follow, one every {@value #WORK_MILLIS} ms; below {@code /quiet/} the same after
 * a pause of 2 s, as messages of a stream. {@code /health} is answered at once. For hostile clients, {@code /never/} is read and never answered, {@code /large/} has {@value #LARGE} bytes, {@code /fields/}
 * has fields of its own in every response, and {@code /rude/} answers 413 and closes without reading a body. On SIGTERM it drains itself as Spring Boot does: first {@code /health} alone says 503, then it accepts nothing new,
 * closes what is idle, finishes what runs, and ends.
 *
 * <table>
 * <caption>Commands</caption>
 * <tr><td>{@code be FAULT}</td><td>misbehaves from now on; {@code be ordinary} ends it</td></tr>
 * <tr><td>{@code announce MILLIS}</td><td>how long {@code /health} says 503 before the port closes; 0 at first</td></tr>
 * <tr><td>{@code end}</td><td>ends the announcement, or has there be none</td></tr>
 * <tr><td>{@code serve COUNT MILLIS}</td><td>works on so many requests at once, each for so long; the others wait</td></tr>
 * <tr><td>{@code posts}</td><td>prints the path of every POST that came whole, as often as it came</td></tr>
 * <tr><td>{@code races}</td><td>prints how often a racing connection closed on a request that had come; at least</td></tr>
 * </table>
 */
final class FaultyBackendMain {

    /** What is wrong with the backend. */
    private enum Fault {
        ORDINARY,
        /** Resets the connection in the middle of the head of the answer. */
        RESETTING,
        /** Accepts and reads, and never answers. */
        HANGING,
        /** Closes every connection after one answer, without having said so. */
        CLOSING,
        /** Closes connections that are idle for 1 to 5 ms. */
        IMPATIENT,
        /** Closes every connection 0 to 5 ms after its answer, whatever may have come meanwhile: the keep-alive race. */
        RACING,
        /** Answers 503 to everything but its health check. */
        FAILING,
        /** Has a full accept queue, and no connection open. */
        FULL
    }

    private static final int WORK_MILLIS = 4;
    private static final int PIECES = 4;
    private static final String PIECE = "x".repeat(100);
    private static final int LARGE = 1 << 20;
    private static final String LARGE_BODY = "x".repeat(LARGE);
    private static final Duration QUIET = Duration.ofSeconds(2);
    private static final int BACKLOG = 1024;
    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(20);
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)");

    /**
     * A request that came whole.
     *
     * @param sum the CRC-32 of its body
     */
    private record Request(String method, String path, int length, long sum) {}

    private final String name;
    private final int port;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Queue<String> posts = new ConcurrentLinkedQueue<>();
    private final CountDownLatch announcement = new CountDownLatch(1);
    private final AtomicInteger races = new AtomicInteger();
    private final List<Socket> fillers = new ArrayList<>();

    // Written by the thread that reads the commands, and by the one that drains.
    private volatile ServerSocket server;
    private volatile Thread acceptor;
    private volatile Fault fault = Fault.ORDINARY;
    private volatile Semaphore workers = new Semaphore(Integer.MAX_VALUE);
    private volatile long workMillis = WORK_MILLIS;
    private volatile long announceMillis;
    private volatile boolean announced;
    private volatile boolean stopping;

    private FaultyBackendMain(String name, int port) throws IOException {
        this.name = name;
        this.server = bound(port, BACKLOG);
        this.port = server.getLocalPort();
        this.acceptor = daemon(this::accept);
    }

    /** Runs until standard input ends. */
    public static void main(String[] args) throws IOException {
        FaultyBackendMain backend = new FaultyBackendMain(args[0], Integer.parseInt(args[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(backend::drain));
        System.out.println(backend.port);
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            System.out.println(backend.obey(line.split(" ")));
        }
        // Not exit, which would drain first.
        Runtime.getRuntime().halt(0);
    }

    private String obey(String[] command) throws IOException {
        switch (command[0]) {
            case "be" -> become(Fault.valueOf(command[1].toUpperCase(Locale.ROOT)));
            case "announce" -> announceMillis = Long.parseLong(command[1]);
            case "end" -> announcement.countDown();
            case "serve" -> {
                workers = new Semaphore(Integer.parseInt(command[1]), true);
                workMillis = Long.parseLong(command[2]);
            }
            case "posts" -> {
                return String.join(" ", posts);
            }
            case "races" -> {
                return races.toString();
            }
            default -> throw new IllegalArgumentException(command[0]);
        }
        return "done";
    }

    private void become(Fault next) throws IOException {
        Fault before = fault;
        fault = next;
        if (next == Fault.FULL) {
            server.close();
            join(acceptor);
            server = bound(port, 1);
            fill();
            closeIdle();
        } else if (before == Fault.FULL) {
            server.close();
            for (Socket filler : fillers) {
                filler.close();
            }
            fillers.clear();
            server = bound(port, BACKLOG);
            acceptor = daemon(this::accept);
        }
    }

    /** Connects to itself until the system takes no more. */
    private void fill() throws IOException {
        try {
            while (true) {
                Socket filler = new Socket();
                fillers.add(filler);
                filler.connect(server.getLocalSocketAddress(), 200);
            }
        } catch (SocketTimeoutException full) {
            // That is what it was for.
        }
    }

    private void awaitEndOfAnnouncement() {
        try {
            announcement.await(announceMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void drain() {
        announced = true;
        awaitEndOfAnnouncement();
        stopping = true;
        long end = System.nanoTime() + LONGEST_DRAIN.toNanos();
        try {
            server.close();
            closeIdle();
        } catch (IOException e) {
            // It ends all the same.
        }
        while (!connections.isEmpty() && System.nanoTime() < end) {
            pause(Duration.ofMillis(5));
        }
    }

    private void closeIdle() throws IOException {
        for (Connection connection : connections) {
            if (connection.idle) {
                connection.socket.close();
            }
        }
    }

    private static ServerSocket bound(int port, int backlog) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), backlog);
        return socket;
    }

    private void accept() {
        ServerSocket accepting = server;
        try {
            while (true) {
                Connection connection = new Connection(accepting.accept());
                connections.add(connection);
                daemon(connection::serve);
            }
        } catch (IOException closed) {
            // By a fault, or by the drain.
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** The system keeps a closed port for as long as a thread is still about to leave it. */
    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** One connection from the load balancer, on a thread of its own. */
    private final class Connection {

        private final Socket socket;
        private final InputStream in;

        /** Whether not a byte of the next request has come; read by whoever closes idle connections. */
        private volatile boolean idle = true;

        Connection(Socket socket) throws IOException {
            this.socket = socket;
            socket.setTcpNoDelay(true);
            this.in = new BufferedInputStream(socket.getInputStream());
        }

        void serve() {
            try (socket) {
                while (answer(read())) {
                    idle = true;
                    socket.setSoTimeout(
                            fault == Fault.IMPATIENT
                                    ? ThreadLocalRandom.current().nextInt(1, 6)
                                    : 0);
                }
            } catch (IOException e) {
                // The other end went away, or it was idle for too long.
            } finally {
                connections.remove(this);
            }
        }

        private Request read() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int last = 0; last != 0x0d0a0d0a; ) {
                int next = in.read();
                if (next < 0) {
                    throw new IOException("closed");
                }
                if (idle) {
                    idle = false;
                    socket.setSoTimeout(0);
                }
                bytes.write(next);
                last = last << 8 | next;
            }
            String head = bytes.toString(StandardCharsets.ISO_8859_1);
            Matcher length = LENGTH.matcher(head);
            String[] line = head.split(" ", 3);
            int expected = length.find() && !line[1].startsWith("/rude/") ? Integer.parseInt(length.group(1)) : 0;
            byte[] body = in.readNBytes(expected);
            if (body.length < expected) {
                throw new IOException("cut short");
            }
            if (line[0].equals("POST")) {
                posts.add(line[1]);
            }
            CRC32 sum = new CRC32();
            sum.update(body);
            return new Request(line[0], line[1], expected, sum.getValue());
        }

        /** Returns whether the connection stays. */
        private boolean answer(Request request) throws IOException {
            boolean health = request.path().equals("/health");
            Fault now = fault;
            if (now == Fault.HANGING) {
                while (fault == Fault.HANGING) {
                    pause(Duration.ofMillis(10));
                }
                return false;
            }
            if (now == Fault.RESETTING) {
                send("HTTP/1.1 200 OK\r\nContent-Le");
                // A reset that comes at once may overtake what was sent.
                pause(Duration.ofMillis(2));
                socket.setSoLinger(true, 0);
                return false;
            }
            if (health) {
                sendWhole(announced ? 503 : 200, announced ? "OUT_OF_SERVICE" : "UP");
            } else if (now == Fault.FAILING) {
                sendWhole(503, "failing");
            } else if (request.path().startsWith("/never/")) {
                in.skip(Long.MAX_VALUE);
                return false;
            } else if (request.path().startsWith("/rude/")) {
                send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                return false;
            } else {
                work();
                sendEcho(request);
            }
            if (now == Fault.RACING) {
                pause(Duration.ofNanos(ThreadLocalRandom.current().nextInt(5_000_000)));
                if (in.available() > 0) {
                    races.incrementAndGet();
                }
            }
            return !stopping && now != Fault.RACING && now != Fault.CLOSING && fault != Fault.FULL;
        }

        private void work() {
            Semaphore free = workers;
            free.acquireUninterruptibly();
            pause(Duration.ofMillis(workMillis));
            free.release();
        }

        private void sendEcho(Request request) throws IOException {
            String text = String.join(
                    " ",
                    name,
                    request.method(),
                    request.path(),
                    Integer.toString(request.length()),
                    Long.toString(request.sum()));
            if (request.path().startsWith("/large/")) {
                sendWhole(200, LARGE_BODY);
                return;
            }
            if (request.path().startsWith("/fields/")) {
                String field = "X-" + request.path().replaceAll("\\W", "-") + ": " + PIECE + "\r\n";
                send(head(200, text.length()).replaceFirst("\r\n", "\r\n" + field) + text);
                return;
            }
            boolean quiet = request.path().startsWith("/quiet/");
            if (!quiet && !request.path().startsWith("/stream/")) {
                sendWhole(200, text);
                return;
            }
            String head = head(200, text.length() + PIECES * PIECE.length());
            send((quiet ? head.replace("text/plain", "application/x-ndjson") : head) + text);
            if (quiet) {
                pause(QUIET);
            }
            for (int i = 0; i < PIECES; i++) {
                pause(Duration.ofMillis(WORK_MILLIS));
                send(PIECE);
            }
        }

        private void sendWhole(int status, String body) throws IOException {
            send(head(status, body.length()) + body);
        }

        private String head(int status, int length) {
            return "HTTP/1.1 " + status + " Status\r\nContent-Type: text/plain\r\nContent-Length: " + length + "\r\n"
                    + (stopping ? "Connection: close\r\n\r\n" : "\r\n");
        }

        private void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        }
    }
}
