package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.testing.Patience;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/**
 * Mutated requests and answers through a running proxy: nothing hangs, nothing of one client reaches another, no backend is
 * sent what can be read in two ways, and nothing is an internal error.
 *
 * <p>Seeds are fixed, so that what fails fails again: a seed makes one conversation. {@code -Pfuzz} makes more
 * of them than the gate does.
 */
@ExtendWith(OutputCaptureExtension.class)
class FuzzHttpTests {

    private static final int CASES = Integer.getInteger("fuzz.cases", 1500);
    private static final long FIRST_SEED = Long.getLong("fuzz.seed", 1);
    private static final int CLIENTS = 32;

    /** Much longer than any time-out of the proxy that these tests may reach. */
    private static final int HANG_MILLIS = (int) Patience.AMPLE.toMillis();

    private static final Pattern TOKEN = Pattern.compile("t(\\d+)t");
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 (\\d{3}) [^\\r\\n]*\\r\\n");

    /** What GoAround and a good backend may answer to whatever a client sends. */
    private static final List<Integer> EXPECTED = List.of(200, 204, 400, 408, 413, 414, 431, 501, 505);

    private final Queue<String> faults = new ConcurrentLinkedQueue<>();

    @Test
    void mutatedRequestsReachNobodyElse(CapturedOutput output) throws Exception {
        AtomicInteger seen = new AtomicInteger();
        try (RawBackend backend = RawBackend.running(connection -> serve(connection, seen));
                RunningProxy proxy = impatientWithClients().over(backend.uri())) {
            everyCase(seed -> {
                String request = new Mutation(seed).of(Mutation.REQUESTS);
                String answers = converse(proxy.port(), request);
                judge(seed, request, answers);
                return null;
            });
            // A client that is slow to send gets 408, or nothing.
            await().ignoreExceptions().until(() -> get(proxy, "/t0t").endsWith("t0t"));
        }
        assertThat(seen).as("requests that reached the backend").hasPositiveValue();
        assertThat(faults).isEmpty();
        assertThat(output.getAll()).doesNotContain("ERROR", "Exception");
    }

    @Test
    void mutatedAnswersReachOnlyWhoAsked(CapturedOutput output) throws Exception {
        AtomicInteger bad = new AtomicInteger();
        try (RawBackend backend = RawBackend.running(FuzzHttpTests::serveMutated);
                RunningProxy proxy = impatientWithBackends().over(backend.uri())) {
            everyCase(seed -> {
                String answers = converse(
                        proxy.port(), "GET /bad/t" + seed + "t HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                if (!answers.startsWith("HTTP/1.1 200 ")) {
                    bad.incrementAndGet();
                }
                strangers(seed, new Mutation(seed).of(Mutation.ANSWERS), answers);
                String good = get(proxy, "/good/t" + seed + "t");
                if (!good.contains("\r\n\r\nt" + seed + "t")) {
                    faults.add("seed " + seed + ": a good request got " + good);
                }
                return null;
            });
        }
        assertThat(bad).as("answers that were refused").hasPositiveValue();
        assertThat(faults).isEmpty();
        assertThat(output.getAll()).doesNotContain("ERROR", "Exception");
    }

    /** The backend answers whatever is whole, however slow the machine. */
    private static RunningProxy.Builder impatientWithClients() {
        RunningProxy.Builder with = RunningProxy.with();
        with.headerTimeout = Duration.ofMillis(200);
        with.clientBodyTimeout = Duration.ofMillis(200);
        with.keepAliveTimeout = Duration.ofMillis(200);
        return with;
    }

    /** Good answers have to come in time, so that this is as long as the bad ones may take. */
    private static RunningProxy.Builder impatientWithBackends() {
        RunningProxy.Builder with = RunningProxy.with();
        with.responseTimeout = Duration.ofSeconds(2);
        with.bodyTimeout = Duration.ofSeconds(2);
        return with;
    }

    private interface Case {
        Void run(long seed) throws Exception;
    }

    private void everyCase(Case one) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (long i = 0; i < CASES; i++) {
                long seed = FIRST_SEED + i;
                tasks.add(() -> one.run(seed));
            }
            for (Future<Void> done : threads.invokeAll(tasks, 60, TimeUnit.MINUTES)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Sends these bytes and the end of the stream, and returns all that comes back until the proxy closes. */
    private String converse(int port, String bytes) throws IOException {
        StringBuilder answers = new StringBuilder();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(HANG_MILLIS);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            for (int b = in.read(); b >= 0; b = in.read()) {
                answers.append((char) b);
            }
        } catch (SocketTimeoutException hangs) {
            faults.add("hangs after " + bytes);
        } catch (IOException reset) {
            // A connection that ends in the middle is a refusal too.
        }
        return answers.toString();
    }

    private void judge(long seed, String request, String answers) {
        Matcher status = STATUS_LINE.matcher(answers);
        while (status.find()) {
            if (!EXPECTED.contains(Integer.valueOf(status.group(1)))) {
                faults.add("seed " + seed + ": " + status.group() + " for " + request);
            }
        }
        strangers(seed, request, answers);
    }

    /** A token that is neither the case's own nor one that its mutation made up belongs to somebody else. */
    private void strangers(long seed, String mutated, String answers) {
        Matcher token = TOKEN.matcher(answers);
        while (token.find()) {
            if (!token.group(1).equals(Long.toString(seed)) && !mutated.contains(token.group())) {
                faults.add("seed " + seed + " got " + token.group() + " in " + answers);
            }
        }
    }

    private static String get(RunningProxy proxy, String path) throws Exception {
        try (RawClient client = new RawClient(proxy.port())) {
            RawClient.Response response = client.get(path);
            return response.head() + response.body();
        }
    }

    /** A strict backend: answers each request with its target, and takes note of any that could be read in two ways. */
    private void serve(RawBackend.Connection connection, AtomicInteger seen) throws IOException {
        for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
            seen.incrementAndGet();
            String fault = ambiguity(head);
            if (fault != null) {
                faults.add(fault + " in " + head);
            }
            skipBody(connection, head);
            String target = head.substring(head.indexOf(' ') + 1, head.indexOf(" HTTP/1.1\r\n"));
            boolean bodiless = head.startsWith("HEAD ");
            connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: " + target.length() + "\r\n\r\n" + (bodiless ? "" : target));
        }
    }

    private void skipBody(RawBackend.Connection connection, String head) throws IOException {
        Matcher length = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)").matcher(head);
        if (length.find()) {
            connection.readBytes(Integer.parseInt(length.group(1)));
        } else if (head.toLowerCase(Locale.ROOT).contains("\r\ntransfer-encoding:")) {
            skipChunks(connection);
        }
    }

    private void skipChunks(RawBackend.Connection connection) throws IOException {
        int size;
        do {
            String line = line(connection);
            if (!line.matches("[0-9a-f]{1,7}")) {
                faults.add("a malformed chunk size: " + line);
            }
            size = Integer.parseInt(line, 16);
            connection.readBytes(size == 0 ? 0 : size + 2);
        } while (size > 0);
        while (!line(connection).isEmpty()) {
            // Trailers.
        }
    }

    private static String line(RawBackend.Connection connection) throws IOException {
        StringBuilder line = new StringBuilder();
        for (String next = connection.readBytes(1); !next.isEmpty(); next = connection.readBytes(1)) {
            line.append(next);
            if (line.toString().endsWith("\r\n")) {
                return line.substring(0, line.length() - 2);
            }
        }
        throw new IOException("the body broke off");
    }

    /** Returns what is wrong with a head by the letter of RFC 9112, or null. */
    private static @Nullable String ambiguity(String head) {
        String[] lines = head.substring(0, head.length() - 4).split("\r\n", -1);
        if (!lines[0].matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^\\x00-\\x20\\x7f]+ HTTP/1\\.1")) {
            return "a malformed request line";
        }
        int hosts = 0;
        int lengths = 0;
        int codings = 0;
        for (int i = 1; i < lines.length; i++) {
            if (!lines[i].matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\\t\\x20-\\x7e\\x80-\\xff]*")) {
                return "a malformed field";
            }
            String name = lines[i].substring(0, lines[i].indexOf(':')).toLowerCase(Locale.ROOT);
            String value = lines[i].substring(lines[i].indexOf(':') + 1).trim();
            hosts += name.equals("host") ? 1 : 0;
            lengths += name.equals("content-length") ? (value.matches("\\d{1,18}") ? 1 : 9) : 0;
            codings += name.equals("transfer-encoding") ? (value.equalsIgnoreCase("chunked") ? 1 : 9) : 0;
        }
        return hosts == 1 && lengths + codings <= 1 ? null : "ambiguous framing or Host";
    }

    private static void serveMutated(RawBackend.Connection connection) throws Exception {
        for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
            Matcher token = TOKEN.matcher(head);
            String own = token.find() ? token.group() : "none";
            if (head.startsWith("GET /bad/")) {
                connection.send(new Mutation(Long.parseLong(token.group(1))).of(Mutation.ANSWERS));
                continue;
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + own.length() + "\r\n\r\n" + own);
        }
    }
}
