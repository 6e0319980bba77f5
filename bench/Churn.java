import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A pool that never stays the same: 1,000 backends in a file, of which 100 are replaced every second while clients go on.
 * The backends are 2,000 addresses of 127.0.0.0/8 with one port, all served by one thread of this process.
 *
 * <p>CPU time is that of GoAround's process, which had as long to get warm; live heap is what is reachable.
 */
public final class Churn {

    private static final int ADDRESSES = 2_000;
    private static final int LISTED = 1_000;
    private static final int REPLACED = 100;
    private static final int CLIENTS = 8;
    private static final int RATE = 50;
    private static final int SETTLING = 5;

    /** Probes that ran into their time-out: the machine was busy with something else. */
    private static final AtomicInteger TOO_SLOW = new AtomicInteger();

    private static final Path FOLDER = temporary();
    private static final Path FILE = FOLDER.resolve("backends");

    public static void main(String[] arguments) throws Exception {
        Locale.setDefault(Locale.ROOT);
        Path jar = Path.of(arguments[0]).toAbsolutePath();
        int seconds = Integer.parseInt(arguments[1]);
        Backends backends = new Backends();
        Deque<String> spare = new ArrayDeque<>(backends.urls);
        List<String> listed = new ArrayList<>();
        while (listed.size() < LISTED) {
            listed.add(spare.poll());
        }
        write(listed);
        System.out.println("| " + LISTED + " backends | CPU, % of a core | probes/s | busiest 100 ms | live heap, MiB | RSS, MiB | threads |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
        double idle;
        try (GoAround quiet = GoAround.start(jar, "--goaround.health.interval=1h", "--goaround.health.degraded-interval=1h")) {
            idle = still("nothing at all, not even probes", quiet, backends, seconds).cpu();
        }
        try (GoAround goAround = GoAround.start(jar)) {
            TimeUnit.SECONDS.sleep(seconds);
            Figures probing = still("probes every 2 s", goAround, backends, seconds);
            Clients clients = new Clients(goAround.port);
            still("and " + CLIENTS * RATE + " requests/s", goAround, backends, seconds);
            Random random = new Random(1);
            clients.forget();
            Thread churn = new Thread(() -> churn(listed, spare, random));
            churn.start();
            TimeUnit.SECONDS.sleep(SETTLING);
            still("and " + REPLACED + " replaced every second", goAround, backends, seconds);
            still("the same, later", goAround, backends, seconds);
            churn.interrupt();
            churn.join();
            TimeUnit.SECONDS.sleep(SETTLING);
            still("replaced no longer", goAround, backends, seconds);
            clients.stop();
            System.out.println();
            System.out.printf(
                    "A probe costs %.0f us of CPU. Requests while backends were replaced, and after: %s; the slowest took %.0f ms.%n",
                    (probing.cpu() - idle) / probing.probes() * 1e6, clients.results(), clients.slowest.get() / 1e3);
            System.out.println("Probes that failed: " + TOO_SLOW + ". In the end: " + goAround.status());
        }
        System.exit(0);
    }

    /** Lets things be for so long, and prints what that took. */
    private static Figures still(String what, GoAround goAround, Backends backends, int seconds) throws Exception {
        backends.probes();
        double before = goAround.cpu();
        long began = System.nanoTime();
        TimeUnit.SECONDS.sleep(seconds);
        double took = (System.nanoTime() - began) / 1e9;
        double cpu = (goAround.cpu() - before) / took;
        int[] slots = backends.probes();
        double perSecond = Arrays.stream(slots).sum() / took;
        int most = Arrays.stream(slots).max().orElse(0);
        System.out.printf(
                "| %s | %.1f | %.0f | %s | %.1f | %d | %d |%n",
                what,
                cpu * 100,
                perSecond,
                perSecond < 1 ? "" : "%d, mean %.0f".formatted(most, perSecond / 10),
                goAround.liveHeap(),
                goAround.status("VmRSS") / 1024,
                goAround.status("Threads"));
        return new Figures(cpu, perSecond);
    }

    private record Figures(double cpu, double probes) {}

    private static void churn(List<String> listed, Deque<String> spare, Random random) {
        long next = System.nanoTime();
        try {
            while (true) {
                Collections.shuffle(listed, random);
                for (int i = 0; i < REPLACED; i++) {
                    spare.add(listed.remove(listed.size() - 1));
                    listed.add(0, spare.poll());
                }
                write(listed);
                next += TimeUnit.SECONDS.toNanos(1);
                TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
            }
        } catch (InterruptedException e) {
            // Enough.
        }
    }

    private static void write(List<String> listed) {
        try {
            Path next = Files.write(FOLDER.resolve("next"), listed);
            Files.move(next, FILE, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path temporary() {
        try {
            Path folder = Files.createTempDirectory("churn");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The process under test. */
    private record GoAround(Process process, int port, int managementPort) implements AutoCloseable {

        static GoAround start(Path jar, String... flags) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    bin("java"), "-Xmx512m", "-jar", jar.toString(), "-p", "0", "--management-port", "0",
                    "--goaround.membership.file=" + FILE, "--goaround.shutdown.announce=0s"));
            command.addAll(List.of(flags));
            Process process = new ProcessBuilder(command)
                    .directory(FOLDER.toFile())
                    .redirectErrorStream(true)
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            BufferedReader lines = process.inputReader();
            Pattern picture = Pattern.compile("http://localhost:(\\d+)  \\(status http://[^ ]+:(\\d+)/");
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher found = picture.matcher(line);
                if (found.find()) {
                    drain(lines);
                    return new GoAround(process, Integer.parseInt(found.group(1)), Integer.parseInt(found.group(2)));
                }
            }
            throw new IOException("GoAround did not start");
        }

        private static void drain(BufferedReader lines) {
            Thread drain = new Thread(() -> {
                try {
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        if (line.contains(" not healthy yet") || line.contains(" degraded: ")) {
                            TOO_SLOW.incrementAndGet();
                        } else if (line.contains("WARN") || line.contains("ERROR")) {
                            System.err.println(line);
                        }
                    }
                } catch (IOException e) {
                    // It has ended.
                }
            });
            drain.setDaemon(true);
            drain.start();
        }

        private static String bin(String program) {
            return Path.of(System.getProperty("java.home"), "bin", program).toString();
        }

        /** CPU time so far in seconds. */
        double cpu() throws IOException {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
        }

        long status(String key) throws IOException {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith(key + ":"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        }

        /** What is reachable, in MiB. */
        double liveHeap() throws IOException {
            Process jcmd = new ProcessBuilder(bin("jcmd"), Long.toString(process.pid()), "GC.class_histogram")
                    .redirectErrorStream(true)
                    .start();
            String all = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher total = Pattern.compile("(?m)^Total +\\d+ +(\\d+)").matcher(all);
            return total.find() ? Long.parseLong(total.group(1)) / 1024.0 / 1024 : Double.NaN;
        }

        /** How many backends it has by its own status. */
        String status() throws IOException {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), managementPort)) {
                socket.getOutputStream().write(
                        "GET /actuator/goaround HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                Matcher totals = Pattern.compile("\"totals\":\\{[^}]*}").matcher(answer);
                int leaving = answer.contains("\"leaving\"") ? answer.split("\"leaving\"")[1].split("\"id\"").length - 1 : 0;
                return (totals.find() ? totals.group() : "no status") + ", leaving: " + leaving;
            }
        }

        @Override
        public void close() throws Exception {
            process.destroy();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    /** All backends; requests of probes are counted in slots of 100 ms. */
    private static final class Backends {

        private static final byte[] ANSWER =
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);

        final List<String> urls = new ArrayList<>();
        private final Selector selector = Selector.open();
        private final Map<Long, Integer> slots = new TreeMap<>();

        Backends() throws IOException {
            int port = 0;
            for (int i = 0; i < ADDRESSES; i++) {
                String address = "127.0." + (1 + i / 200) + "." + (1 + i % 200);
                ServerSocketChannel server = ServerSocketChannel.open();
                server.bind(new InetSocketAddress(address, port), 64);
                server.configureBlocking(false);
                server.register(selector, SelectionKey.OP_ACCEPT);
                port = server.socket().getLocalPort();
                urls.add("http://" + address + ":" + port);
            }
            Thread thread = new Thread(this::serve, "backends");
            thread.setDaemon(true);
            thread.start();
        }

        /** How many probes came in each slot since the last call. */
        int[] probes() {
            synchronized (slots) {
                int[] counts = slots.values().stream().mapToInt(Integer::intValue).toArray();
                slots.clear();
                return counts;
            }
        }

        private void serve() {
            ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
            while (true) {
                try {
                    selector.select();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    try {
                        if (key.isAcceptable()) {
                            SocketChannel client = ((ServerSocketChannel) key.channel()).accept();
                            client.configureBlocking(false);
                            client.register(selector, SelectionKey.OP_READ);
                        } else {
                            answer((SocketChannel) key.channel(), buffer);
                        }
                    } catch (IOException e) {
                        key.cancel();
                        close(key);
                    }
                }
                selector.selectedKeys().clear();
            }
        }

        private static void close(SelectionKey key) {
            try {
                key.channel().close();
            } catch (IOException e) {
                // Then it is closed.
            }
        }

        /** Requests come in one piece here: they are small, and one after the other. */
        private void answer(SocketChannel client, ByteBuffer buffer) throws IOException {
            buffer.clear();
            if (client.read(buffer) < 0) {
                client.close();
                return;
            }
            String head = new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1);
            if (!head.endsWith("\r\n\r\n")) {
                throw new IOException("half a request");
            }
            if (head.startsWith("GET /health ")) {
                synchronized (slots) {
                    slots.merge(System.nanoTime() / 100_000_000, 1, Integer::sum);
                }
            }
            client.write(ByteBuffer.wrap(ANSWER));
            if (head.toLowerCase(Locale.ROOT).contains("connection: close")) {
                client.close();
            }
        }
    }

    /** Clients with a connection each, which send one request after the other at a rate. */
    private static final class Clients {

        private final int port;
        private final Map<String, LongAdder> results = new ConcurrentHashMap<>();
        final AtomicInteger slowest = new AtomicInteger();
        private volatile boolean over;
        private final List<Thread> threads = new ArrayList<>();

        Clients(int port) {
            this.port = port;
            for (int i = 0; i < CLIENTS; i++) {
                Thread thread = new Thread(this::run, "client-" + i);
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        }

        void forget() {
            results.clear();
            slowest.set(0);
        }

        String results() {
            return results.entrySet().stream()
                    .map(entry -> entry.getKey() + ": " + entry.getValue().sum())
                    .sorted()
                    .collect(Collectors.joining(", "));
        }

        void stop() throws InterruptedException {
            over = true;
            for (Thread thread : threads) {
                thread.join();
            }
        }

        private void run() {
            byte[] request = "GET /work HTTP/1.1\r\nHost: app\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            Socket socket = null;
            long next = System.nanoTime();
            while (!over) {
                long began = System.nanoTime();
                String result;
                try {
                    if (socket == null) {
                        socket = new Socket(InetAddress.getLoopbackAddress(), port);
                        socket.setTcpNoDelay(true);
                        socket.setSoTimeout(30_000);
                    }
                    socket.getOutputStream().write(request);
                    result = read(socket.getInputStream());
                } catch (IOException e) {
                    result = e.getClass().getSimpleName();
                    socket = null;
                }
                int micros = (int) ((System.nanoTime() - began) / 1000);
                slowest.accumulateAndGet(micros, Math::max);
                results.computeIfAbsent(result, key -> new LongAdder()).increment();
                next = Math.max(next + TimeUnit.SECONDS.toNanos(1) / RATE, System.nanoTime() - TimeUnit.SECONDS.toNanos(1));
                try {
                    TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        /** Returns the status of an answer whose body is "ok", or what is wrong with it. */
        private static String read(InputStream in) throws IOException {
            StringBuilder answer = new StringBuilder();
            byte[] buffer = new byte[4096];
            while (true) {
                int count = in.read(buffer);
                if (count < 0) {
                    throw new IOException("closed");
                }
                answer.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
                int end = answer.indexOf("\r\n\r\n");
                if (end < 0) {
                    continue;
                }
                Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(answer.substring(0, end));
                if (!length.find()) {
                    return "no length";
                }
                if (answer.length() >= end + 4 + Integer.parseInt(length.group(1))) {
                    return answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length());
                }
            }
        }
    }
}
