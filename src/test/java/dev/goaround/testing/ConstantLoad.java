package dev.goaround.testing;

import dev.goaround.testing.LoadClient.End;
import dev.goaround.testing.LoadClient.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;

/**
 * Clients that send one request after the other, each on a connection of its own, through GoAround to backends of {@link
 * FaultyBackendMain}. No two requests of a test run have the same path, so that an answer can be told from any other.
 */
public final class ConstantLoad implements AutoCloseable {

    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final int LONGEST_BODY = 4_000;

    /** What a client sends as its request number {@code turn}. */
    public enum Mix {
        /** GET, one in ten with an answer in pieces, and PUT with a small body. */
        IDEMPOTENT {
            @Override
            Request next(int turn) {
                return turn % 3 == 2 ? Request.of("PUT") : turn % 10 == 0 ? Request.ofPieces() : Request.of("GET");
            }
        },
        /** Nothing but GET. */
        GET {
            @Override
            Request next(int turn) {
                return Request.of("GET");
            }
        },
        /** Nothing but POST. */
        POST {
            @Override
            Request next(int turn) {
                return Request.of("POST");
            }
        },
        /** GET, PUT, POST and DELETE in turn. */
        EVERY_METHOD {
            @Override
            Request next(int turn) {
                return Request.of(List.of("GET", "PUT", "POST", "DELETE").get(turn % 4));
            }
        };

        abstract Request next(int turn);
    }

    /** A request, with what it must be answered, after the name of the backend. */
    private record Request(String method, String path, String body, String echo) {

        static Request of(String method) {
            String path = "/work/" + NUMBERS.incrementAndGet();
            String body = method.equals("PUT") || method.equals("POST") ? body(path) : "";
            CRC32 sum = new CRC32();
            sum.update(body.getBytes(StandardCharsets.ISO_8859_1));
            String echo =
                    String.join(" ", method, path, Integer.toString(body.length()), Long.toString(sum.getValue()));
            return new Request(method, path, body, echo);
        }

        static Request ofPieces() {
            String path = "/stream/" + NUMBERS.incrementAndGet();
            return new Request("GET", path, "", "GET " + path + " 0 0" + "x".repeat(400));
        }

        private static String body(String path) {
            int length = ThreadLocalRandom.current().nextInt(LONGEST_BODY);
            return path.repeat(1 + length / path.length());
        }
    }

    /**
     * A request that came to its end.
     *
     * @param echo what a right answer is, after the name of the backend and a space
     */
    public record Exchange(String method, String path, String echo, Outcome outcome, Duration took) {

        /** Whether the client got the whole answer to this very request. */
        public boolean right() {
            return outcome.end() == End.ANSWERED && outcome.text().endsWith(" " + echo);
        }

        /** Whether the client got the beginning of an answer, and no more. */
        public boolean cut() {
            return outcome.end() == End.CUT;
        }
    }

    private final int port;
    private final AtomicInteger exchanges = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<List<Exchange>>> clients = new ArrayList<>();
    private volatile boolean stopped;

    /** A load on this port, without clients yet. */
    public ConstantLoad(int port) {
        this.port = port;
    }

    /** Starts clients that go on until {@link #stop}. */
    public ConstantLoad with(int count, Mix mix) {
        return with(count, mix, Integer.MAX_VALUE, Duration.ZERO);
    }

    /** Starts clients that send so many requests each, with pauses between them that are random up to the longest. */
    public ConstantLoad with(int count, Mix mix, int requests, Duration longestPause) {
        for (int i = 0; i < count; i++) {
            clients.add(threads.submit(() -> run(mix, requests, longestPause)));
        }
        return this;
    }

    private List<Exchange> run(Mix mix, int requests, Duration longestPause) {
        List<Exchange> done = new ArrayList<>();
        try (LoadClient client = new LoadClient(port)) {
            for (int i = 0; i < requests && !stopped; i++) {
                done.add(exchange(client, mix.next(i)));
                exchanges.incrementAndGet();
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longestPause.toNanos() + 1));
            }
        }
        return done;
    }

    private static Exchange exchange(LoadClient client, Request request) {
        long sent = System.nanoTime();
        Outcome outcome = request.body().isEmpty() && request.method().equals("GET")
                ? client.get(request.path())
                : client.send(request.method(), request.path(), request.body());
        Duration took = Duration.ofNanos(System.nanoTime() - sent);
        return new Exchange(request.method(), request.path(), request.echo(), outcome, took);
    }

    /** How many requests have come to their end so far. */
    public int exchanges() {
        return exchanges.get();
    }

    /** Ends the load and returns every exchange, those of each client in order. */
    public List<Exchange> stop() throws Exception {
        stopped = true;
        return all(Patience.AMPLE);
    }

    /** Waits until every client has sent what it had to. */
    public List<Exchange> all(Duration bound) throws Exception {
        List<Exchange> all = new ArrayList<>();
        for (Future<List<Exchange>> client : clients) {
            all.addAll(client.get(bound.toMillis(), TimeUnit.MILLISECONDS));
        }
        return all;
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdownNow();
    }
}
